"""The side door: resources outside ``/api``, by which people and tests watch bridges and break them.

Every resource concerns the bridge that is asked, or another of its cluster with ``?node=NAME``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any

from tmsba.simulator import live, meddling, orders
from tmsba.simulator.http import Response
from tmsba.simulator.orders import Node

Answer = Callable[[Node, Mapping[str, str], Mapping[str, Any]], Response]

_NUMBER_DIGITS = 19
_SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Control:
    """Answers requests at the side door.

    Args:
        node: The bridge that is asked.
        nodes: All bridges of its cluster, in order.
    """

    def __init__(self, node: Node, nodes: Sequence[Node]) -> None:
        self._node = node
        self._nodes = nodes
        self._resources: dict[str, dict[str, Answer]] = {
            "/": {"GET": _asset("page.html", "text/html; charset=utf-8")},
            "/page.css": {"GET": _asset("page.css", "text/css")},
            "/page.js": {"GET": _asset("page.js", "text/javascript")},
            "/page.svg": {"GET": _asset("page.svg", "image/svg+xml")},
            "/live": {"GET": self._live},
            "/state": {"GET": lambda node, _query, _order: _json(live.describe(node.bridge))},
            "/journal": {"GET": _journal, "DELETE": _clear_journal},
            "/nodes": {"GET": self._show_nodes, "POST": self._change_node},
            "/faults": {
                "GET": _shown(orders.faults),
                "POST": _done(orders.add_fault),
                "DELETE": _clear_faults,
            },
            "/alarms": {
                "GET": _shown(orders.alarms),
                "POST": _shown_after(orders.add_alarm),
                "DELETE": lambda node, query, _order: _json(orders.clear_alarms(node, query)),
            },
            "/licences": {"GET": _shown(orders.licences), "POST": _done(orders.set_licence)},
            "/parties": {
                "GET": _shown(orders.parties),
                "POST": _done(orders.add_party),
                "DELETE": _shown(orders.clear_parties),
            },
            "/legs": {"POST": _shown_after(meddling.change_legs)},
            "/calls": {"POST": _shown_after(meddling.end_calls)},
            "/dial-in": {"POST": _shown_after(meddling.dial_in)},
        }

    @property
    def resources(self) -> set[str]:
        """The paths that exist."""
        return set(self._resources)

    def handle(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str], body: bytes
    ) -> Response:
        """Answer one request.

        Args:
            method: The HTTP method.
            path: The path without the query.
            query: The parameters in the URL.
            form: The body read as a form.
            body: The body as it came, which may be a JSON object instead.
        """
        methods = self._resources.get(path.rstrip("/") or "/")
        if methods is None:
            return Response(404)
        if method not in methods:
            return Response(405, {"Allow": ", ".join(methods)})
        try:
            order = _order(form, body) if method == "POST" else {}
            return methods[method](self._named(query.get("node", "")), query, order)
        except ValueError as error:
            return _json({"error": str(error)}, 400)

    def _named(self, name: str) -> Node:
        if not name:
            return self._node
        for node in self._nodes:
            if node.name == name:
                return node
        raise ValueError(f"there is no node {name}; there are {', '.join(node.name for node in self._nodes)}")

    def _live(self, _node: Node, query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
        return _json(live.overview(self._nodes, query))

    def _show_nodes(self, _node: Node, _query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
        return _json([orders.node(node) for node in self._nodes])

    def _change_node(self, node: Node, _query: Mapping[str, str], order: Mapping[str, Any]) -> Response:
        change = orders.change_node(node, order)
        if node is self._node:
            # Nobody would get the answer of a bridge that is down.
            return Response(then=change)
        try:
            change()
        except OSError as error:
            raise ValueError(f"the node cannot listen: {error.strerror or error}") from error
        return Response()


def _asset(name: str, kind: str) -> Answer:
    def answer(_node: Node, _query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
        content = resources.files("tmsba.simulator").joinpath("page", name).read_bytes()
        return Response(200, {"Content-Type": kind, **_SECURITY}, content)

    return answer


def _shown(show: Callable[[Node], object]) -> Answer:
    return lambda node, _query, _order: _json(show(node))


def _shown_after(do: Callable[[Node, Mapping[str, Any]], object]) -> Answer:
    return lambda node, _query, order: _json(do(node, order))


def _done(do: Callable[[Node, Mapping[str, Any]], None]) -> Answer:
    def answer(node: Node, _query: Mapping[str, str], order: Mapping[str, Any]) -> Response:
        do(node, order)
        return Response()

    return answer


def _clear_faults(node: Node, _query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
    node.faults.clear()
    return Response()


def _journal(node: Node, query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
    value = query.get("since", "") or "0"
    if not (value.isascii() and value.isdigit() and len(value) < _NUMBER_DIGITS):
        raise ValueError("since must be a number")
    return _json(node.journal.as_json(int(value)))


def _clear_journal(node: Node, _query: Mapping[str, str], _order: Mapping[str, Any]) -> Response:
    node.journal.clear()
    return Response()


def _order(form: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    if not body.lstrip().startswith(b"{"):
        return form
    try:
        settings = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not valid JSON") from None
    return settings if isinstance(settings, dict) else {}


def _json(data: object, status: int = 200) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
