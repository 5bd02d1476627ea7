# Rasa and the trained dialogs. Build at the top folder: docker build -f deploy/rasa.Dockerfile -t voice-agent-rasa .

FROM python:3.10-slim-bookworm AS build
WORKDIR /src
COPY deploy/uv.lock deploy/uv.lock
RUN pip install --no-cache-dir --require-hashes -r deploy/uv.lock
COPY dialogs/requirements.lock ./
RUN uv venv /opt/rasa && uv pip sync --python /opt/rasa/bin/python --no-cache --require-hashes requirements.lock
COPY dialogs /dialogs
ENV RASA_TELEMETRY_ENABLED=false
# The red flags, protocols, answers and prompts beside it are ours, not Rasa's: only these are trained from.
RUN cd /dialogs && /opt/rasa/bin/rasa train --config config.yml --domain domain --data data --out models

FROM python:3.10-slim-bookworm AS run
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin rasa
COPY --from=build /opt/rasa /opt/rasa
COPY --from=build --chown=rasa:rasa /dialogs /dialogs
ENV PATH=/opt/rasa/bin:$PATH \
    RASA_TELEMETRY_ENABLED=false \
    PYTHONUNBUFFERED=1
WORKDIR /dialogs
USER rasa
EXPOSE 5005
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5005/', timeout=4)"]
CMD ["rasa", "run", "--enable-api", "--interface", "0.0.0.0", "--port", "5005", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
