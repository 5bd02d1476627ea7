"""A private Redis that keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping

import redis

from voice_agent.demo.loopback import LOOPBACK, free_port
from voice_agent.demo.processes import Child, Processes


def start_redis(processes: Processes, environ: Mapping[str, str], password: str, port: int = 0) -> tuple[Child, str]:
    """The process, and its URL. Nothing is written to disk; only who knows the password gets in.

    `port` 0: a free one.
    """
    port = free_port(port)
    settings = "\n".join(
        (
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {password}",
            'save ""',
            "appendonly no",
            "daemonize no",
        )
    )
    # Settings on standard input: on the command line the password would be seen by everybody.
    child = processes.start("Redis", ["redis-server", "-"], environ=environ, log="redis.log", stdin=settings)
    url = f"redis://:{password}@{LOOPBACK}:{port}/0"
    child.wait_until(lambda: _answers(url), timeout_s=10)
    return child, url


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
