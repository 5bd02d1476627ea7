# The phone line: everything but Rasa, which has an image of its own (deploy/rasa.Dockerfile).
# Build at the top folder: docker build -t voice-agent .

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY deploy/uv.lock deploy/uv.lock
RUN pip install --no-cache-dir --require-hashes -r deploy/uv.lock
COPY requirements.lock ./
RUN uv venv /opt/voice-agent && uv pip sync --python /opt/voice-agent/bin/python --no-cache --require-hashes requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY voice_agent voice_agent
# Editable, at the place where it will run: the package finds models/ and dialogs/ beside itself.
RUN mkdir -p /app && cp -r pyproject.toml README.md LICENSE voice_agent /app/ \
    && uv pip install --python /opt/voice-agent/bin/python --no-cache --no-deps --editable /app

FROM python:3.11-slim-bookworm AS run
RUN apt-get update \
    && apt-get install -y --no-install-recommends espeak-ng libespeak-ng1 libjemalloc2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin voice-agent \
    && install -d -o voice-agent -g voice-agent /var/lib/voice-agent /home/voice-agent/.cache/vosk
COPY --from=build /opt/voice-agent /opt/voice-agent
COPY --from=build /app /app
COPY config.yaml /app/config.yaml
COPY dialogs /app/dialogs
COPY models/clinic-en-8k /app/models/clinic-en-8k
COPY models/meaning/classifier.npz /app/models/meaning/classifier.npz
# jemalloc gives back what decoders have freed (docs/decisions.md, 39).
ENV PATH=/opt/voice-agent/bin:$PATH \
    LD_PRELOAD=libjemalloc.so.2 \
    MALLOC_CONF=dirty_decay_ms:5000,muzzy_decay_ms:5000 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////var/lib/voice-agent/appointments.db
WORKDIR /app
USER voice-agent
EXPOSE 8080
# Alive, not ready: with Rasa or Redis down the server still takes callers to the nurse line and must not be restarted.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
# A call may take a while to end; compose gives it the time (stop_grace_period).
STOPSIGNAL SIGTERM
CMD ["voice-agent", "serve", "--host", "0.0.0.0", "--port", "8080", "--config", "/app/config.yaml"]
