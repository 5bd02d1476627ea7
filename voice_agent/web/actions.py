"""The action endpoint that Rasa calls."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, abort, jsonify, request

from voice_agent.actions.protocol import parse_request
from voice_agent.actions.server import ActionServer
from voice_agent.errors import DialogError

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")


def actions_blueprint(server: ActionServer, trusted: Sequence[str] = LOOPBACK) -> Blueprint:
    """`POST /rasa/actions`, for the machine's own Rasa only.

    `trusted`: networks that may call, in CIDR notation; only a deployment where Rasa runs in a container of its own
    needs more than the default. A request that came through a proxy is refused: Rasa calls us directly.
    """
    networks = [ipaddress.ip_network(network) for network in trusted]
    blueprint = Blueprint("rasa_actions", __name__)

    @blueprint.post("/rasa/actions")
    def perform() -> Response:
        if "X-Forwarded-For" in request.headers or not _is_in(request.remote_addr, networks):
            abort(403)
        try:
            return jsonify(server.perform(parse_request(request.get_json(silent=True))).to_json())
        except DialogError as error:
            response = jsonify({"error": str(error)})
            response.status_code = 400
            return response

    return blueprint


def _is_in(address: str | None, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        where = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(where, "ipv4_mapped", None)
    return any((mapped or where) in network for network in networks)
