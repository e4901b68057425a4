"""Plain bridges in one process that answer each request after a fixed time, with as little CPU as can be.

They know what a launch asks for and nothing else. ``GET /report`` tells what was asked of all of them.
Run it with how many bridges, how many spaces on each, and the latency in seconds; it prints the ports.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

#: What a Meeting Server puts on a page (CMS API reference, 4.2.2).
PAGE = 20


def space_id(number: int) -> str:
    """The id of the room with this number."""
    return f"00000000-0000-4000-8000-{number:012}"


@dataclass
class Seen:
    """What all bridges were asked by jobs; looks at their health carry no request id."""

    requests: int = 0
    #: Requests of the looks after conferences that are open already.
    looks: int = 0
    at_once: int = 0
    most_at_once: int = 0
    first_at: float = 0.0
    last_dial_at: float = 0.0


@dataclass
class Bridge:
    """The rooms, calls and legs of one bridge."""

    seen: Seen
    spaces: int
    open: set[str] = field(default_factory=set)
    #: Space by call, and call and party by leg.
    calls: dict[str, str] = field(default_factory=dict)
    legs: dict[str, tuple[str, str]] = field(default_factory=dict)
    by_call: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, method: str, path: str, fields: dict[str, str]) -> tuple[str, str]:
        """The Location, or nothing, and the body."""
        parts = path.removeprefix("/api/v1/").lower().split("/")
        match method, *parts:
            case "PUT", "cospaces", one:
                self.open.add(one)
                return "", ""
            case "POST", "calls":
                call = f"{len(self.calls)}-{fields['coSpace']}"
                self.calls[call] = fields["coSpace"]
                self.by_call[call] = []
                return f"/api/v1/calls/{call}", ""
            case "POST", "calls", call, "calllegs":
                leg = f"{len(self.legs)}-{call}"
                self.legs[leg] = (call, fields["remoteParty"])
                self.by_call[call].append(leg)
                self.seen.last_dial_at = time.time()
                return f"/api/v1/callLegs/{leg}", ""
        return "", self._shown(parts, fields)

    def _shown(self, parts: list[str], fields: dict[str, str]) -> str:
        match parts:
            case ["participants"]:
                return self._page("participant", [f'id="p{leg}"></' for leg in self.legs], fields)
            case ["cospaces"]:
                return self._page("coSpace", [self._space(n) for n in range(1, self.spaces + 1)], fields)
            case ["cospaces", one]:
                return f"<coSpace {self._space(int(one[-12:]))}coSpace>"
            case ["calls"]:
                wanted = fields.get("coSpaceFilter")
                found = [call for call, space in self.calls.items() if wanted in (None, space)]
                items = [f'id="{call}"><coSpace>{self.calls[call]}</coSpace></' for call in found]
                return self._page("call", items, fields)
            case ["calllegs"]:
                return self._page("callLeg", [self._leg(leg) for leg in self.legs], fields)
            case ["calllegs", one]:
                return f'<callLeg id="{one}"><status><state>connected</state></status></callLeg>'
            case ["calls", call, "calllegs"]:
                return self._page("callLeg", [self._leg(leg) for leg in self.by_call[call]], fields)
        # The status, and what looks at the health of bridges ask for.
        return f"<{parts[-1]}></{parts[-1]}>"

    def is_look(self, method: str, path: str) -> bool:
        """Whether a request looks after a conference that is open."""
        parts = path.removeprefix("/api/v1/").lower().split("/")
        if method != "GET" or "calllegs" not in parts:
            return False
        return len(parts) == 2 or (len(parts) == 3 and bool(self.by_call[parts[1]]))

    def _space(self, number: int) -> str:
        return f'id="{space_id(number)}"><name>Room</name><uri>{number}</uri><callId>{number}</callId></'

    def _leg(self, leg: str) -> str:
        call, party = self.legs[leg]
        return f'id="{leg}"><remoteParty>{party}</remoteParty><call>{call}</call></'

    def _page(self, name: str, items: list[str], fields: dict[str, str]) -> str:
        offset = int(fields.get("offset", 0))
        shown = "".join(f"<{name} {item}{name}>" for item in items[offset : offset + PAGE])
        return f'<{name}s total="{len(items)}">{shown}</{name}s>'


@dataclass
class Side:
    """One listening bridge."""

    bridge: Bridge
    all: list[Bridge]
    latency_s: float

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it is closed."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = lines[0].split(" ")
                location, answer = await self._answer(method, target, body.decode(), headers)
                created = f"Location: {location}\r\n" if location else ""
                writer.write(
                    f"HTTP/1.1 200 OK\r\n{created}Content-Length: {len(answer)}\r\n\r\n{answer}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, method: str, target: str, body: str, headers: dict[str, str]) -> tuple[str, str]:
        url, seen = urlsplit(target), self.bridge.seen
        if url.path == "/report":
            return "", self._report()
        if "x-request-id" not in headers:
            await asyncio.sleep(self.latency_s)
            return self.bridge.answer(method, url.path, dict(parse_qsl(url.query)))
        seen.first_at = seen.first_at or time.time()
        seen.requests += 1
        seen.looks += self.bridge.is_look(method, url.path)
        seen.at_once += 1
        seen.most_at_once = max(seen.most_at_once, seen.at_once)
        await asyncio.sleep(self.latency_s)
        seen.at_once -= 1
        return self.bridge.answer(method, url.path, dict(parse_qsl(url.query) + parse_qsl(body)))

    def _report(self) -> str:
        calls = [(space, bridge.by_call[c]) for bridge in self.all for c, space in bridge.calls.items()]
        parties = [[b.legs[leg][1] for leg in legs] for b in self.all for legs in b.by_call.values()]
        report = {
            "requests": self.bridge.seen.requests,
            "looks": self.bridge.seen.looks,
            "most_at_once": self.bridge.seen.most_at_once,
            "first_at": self.bridge.seen.first_at,
            "last_dial_at": self.bridge.seen.last_dial_at,
            "calls": len(calls),
            "open": sum(len(bridge.open) for bridge in self.all),
            "parties": parties,
            "cpu_s": time.process_time(),
        }
        return json.dumps(report)


async def main(count: int, spaces: int, latency_s: float) -> None:
    seen = Seen()
    bridges = [Bridge(seen, spaces) for _ in range(count)]
    servers = [
        await asyncio.start_server(Side(bridge, bridges, latency_s).serve, "127.0.0.1", 0)
        for bridge in bridges
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
