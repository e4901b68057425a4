from collections.abc import Mapping

import httpx
from lxml import etree

from tmsba.simulator import Simulator

PASSWORD = "let-me-in"


class Api:
    """A plain client of the simulated bridge: what it sends is what a test says."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(base_url=simulator.url, auth=("admin", PASSWORD), timeout=5, verify=False)

    def get(self, node: str, **query: object) -> "etree._Element":
        answer = self.http.get(f"/api/v1/{node}", params={name: str(value) for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/xml"
        assert answer.text.startswith('<?xml version="1.0"?>')
        return etree.fromstring(answer.content)

    def values(self, node: str) -> dict[str, str]:
        return {child.tag: child.text or "" for child in self.get(node)}

    def text(self, node: str, path: str) -> str | None:
        return self.get(node).findtext(path)

    def post(self, node: str, form: Mapping[str, object] | None = None) -> str:
        """Create an object and return its node."""
        answer = self.send("POST", node, form)
        assert answer.status_code == 200, answer.text
        assert answer.content == b""
        prefix = "/api/v1/"
        assert answer.headers["Location"].startswith(prefix)
        return answer.headers["Location"].removeprefix(prefix)

    def put(self, node: str, form: Mapping[str, object]) -> None:
        answer = self.send("PUT", node, form)
        assert (answer.status_code, answer.content) == (200, b""), answer.text

    def delete(self, node: str) -> None:
        answer = self.send("DELETE", node)
        assert (answer.status_code, answer.content) == (200, b""), answer.text

    def send(self, method: str, node: str, form: Mapping[str, object] | None = None) -> httpx.Response:
        data = {name: str(value) for name, value in (form or {}).items()}
        return self.http.request(method, f"/api/v1/{node}", data=data or None)

    def refusal(
        self, method: str, node: str, form: Mapping[str, object] | None = None
    ) -> tuple[int, list[tuple[str, dict[str, str]]]]:
        """Return the status and the reasons of a request that is refused."""
        answer = self.send(method, node, form)
        root = etree.fromstring(answer.content)
        assert root.tag == "failureDetails"
        return answer.status_code, [(str(child.tag), dict(child.attrib)) for child in root]

    def bad_parameter(self, method: str, node: str, form: Mapping[str, object]) -> tuple[str, str]:
        """Return the one parameter of a refused request that is at fault, and its error."""
        status, [(reason, attributes)] = self.refusal(method, node, form)
        assert (status, reason) == (400, "parameterError")
        return attributes["parameter"], attributes["error"]

    def settle(self) -> None:
        self.simulator.wait_until_settled()


class Clock:
    """A bridge's clock that stands still until it is set."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


def identifier(node: str) -> str:
    return node.rpartition("/")[2]
