"""A bridge behind `MockTransport`: it answers from a function and remembers what it was asked."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import httpx

from tmsba.cms import BridgeClient

Answer = httpx.Response | Exception


class FakeBridge:
    """Answers each request with what `answer` gives, or with the next of a list."""

    def __init__(self, *answers: Answer, by: Callable[[httpx.Request], Answer] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)
        self._by = by

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._by(request) if self._by else self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, url: str = "https://bridge.example.com", **kwargs) -> BridgeClient:
        return BridgeClient(url, "api", "pass-word", transport=httpx.MockTransport(self), **kwargs)

    @property
    def lines(self) -> list[str]:
        """Method and target of each request, without the common beginning."""
        return [f"{r.method} {r.url.raw_path.decode().removeprefix('/api/v1/')}" for r in self.requests]

    def form(self, index: int = -1) -> list[tuple[str, str]]:
        """The fields of a request's body, in order."""
        return parse_qsl(self.requests[index].content.decode(), keep_blank_values=True)


def xml(text: str, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={"Content-Type": "text/xml", **headers}, content=text.encode())


def created(location: str) -> httpx.Response:
    return httpx.Response(200, headers={"Location": location})


def refusal(status: int, *reasons: str) -> httpx.Response:
    return xml(f"<failureDetails>{''.join(f'<{reason}/>' for reason in reasons)}</failureDetails>", status)


def listing(item: str, ids: list[str], total: int | None = None, inner: str = "") -> httpx.Response:
    total = len(ids) if total is None else total
    objects = "".join(f'<{item} id="{one}">{inner}</{item}>' for one in ids)
    return xml(f'<?xml version="1.0"?><{item}s total="{total}">{objects}</{item}s>')
