"""The nodes outside ``/api``, by which tests watch a simulated bridge and break it."""

import json
from collections.abc import Mapping
from typing import Any

from tmsba.simulator.faults import Faults
from tmsba.simulator.http import Response
from tmsba.simulator.journal import Journal
from tmsba.simulator.objects import Bridge

_METHODS = {
    "/journal": ("GET", "DELETE"),
    "/state": ("GET",),
    "/faults": ("POST", "DELETE"),
}


class Control:
    """Answers requests to ``/journal``, ``/state`` and ``/faults``.

    Args:
        bridge: The bridge to report on.
        journal: The requests it received.
        faults: The faults in force.
    """

    def __init__(self, bridge: Bridge, journal: Journal, faults: Faults) -> None:
        self._bridge = bridge
        self._journal = journal
        self._faults = faults

    def handle(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str], body: bytes
    ) -> Response:
        """Answer one request.

        Args:
            method: The HTTP method.
            path: The path without the query.
            query: The parameters in the URL.
            form: The body read as a form.
            body: The body as it came, which may be JSON for ``/faults``.
        """
        methods = _METHODS.get(path.rstrip("/"))
        if methods is None:
            return Response(404)
        if method not in methods:
            return Response(405, {"Allow": ", ".join(methods)})
        try:
            return self._do(method, path.rstrip("/"), query, form, body)
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    def _do(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str], body: bytes
    ) -> Response:
        if path == "/state":
            return _json(describe(self._bridge))
        if path == "/journal" and method == "GET":
            return _json(self._journal.as_json(_since(query)))
        if path == "/journal":
            self._journal.clear()
        elif method == "POST":
            self._faults.order(_settings(form, body))
        else:
            self._faults.clear()
        return Response()


def describe(bridge: Bridge) -> dict[str, Any]:
    """Return the spaces in use, the calls and the call legs of a bridge as plain data."""
    with bridge.lock:
        bridge.advance()
        with_call = {call.space for call in bridge.calls.values()}
        spaces = [
            {
                "id": space.id,
                **space.values,
                "nonMemberAccess": space.open_to_all,
                "call": space.id in with_call,
            }
            for space in bridge.spaces
            if space.open_to_all or space.id in with_call
        ]
        calls = [
            {"id": call.id, "name": call.name, "coSpace": call.space, "callLegs": len(bridge.legs_of(call))}
            for call in bridge.calls.values()
        ]
        legs = [
            {"id": leg.id, "call": leg.call, "remoteParty": leg.remote_party, "state": leg.state}
            for leg in bridge.legs.values()
        ]
        return {"totalSpaces": len(bridge.spaces), "spaces": spaces, "calls": calls, "callLegs": legs}


def _since(query: Mapping[str, str]) -> int:
    value = query.get("since", "") or "0"
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ValueError("since must be a number")
    return int(value)


def _settings(form: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    if not body.lstrip().startswith(b"{"):
        return form
    try:
        settings = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not valid JSON") from None
    return settings if isinstance(settings, dict) else {}


def _json(data: object, status: int = 200) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
