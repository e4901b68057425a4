"""A control worker at a simulated bridge, with a recorder between them that writes down every request."""

import re
from urllib.parse import parse_qsl

import httpx
from fakes import World, create_request

from tmsba.cms.client import BridgeClient
from tmsba.control.bridge.clients import BridgeClients
from tmsba.control.bridge.registration import register_bridge
from tmsba.domain.values import BookingMode
from tmsba.simulator import Peer, Simulator


def lines_of(table):
    """The requests of a table, each on one line; a line that begins with & goes on with the one before."""
    lines = []
    for line in table.splitlines():
        words = line.split()
        if words and words[0] == "&":
            lines[-1] += " " + " ".join(words)
        elif words:
            lines.append(" ".join(words))
    return lines


class Recorder(httpx.HTTPTransport):
    """Writes each request down as method, path and the fields of its form in their order."""

    def __init__(self):
        super().__init__()
        self.requests = []

    def handle_request(self, request):
        form = parse_qsl(request.read().decode(), keep_blank_values=True)
        path = request.url.path.removeprefix("/api/v1/")
        self.requests.append((request.method, path, form, dict(request.url.params)))
        return super().handle_request(request)


class Line(World):
    """A world whose bridge is a simulator behind a recorder; the clock of the bookings is set by the test."""

    def __init__(self, *, numbers=5, is_caring=False):
        self.simulator = Simulator(
            username="api",
            password="pass-word",
            name="core1",
            cluster=[Peer("core2", "https://core2.example.com")],
            answer_seconds=0,
            sync_seconds=0,
        )
        self.simulator.start()
        self.recorder = Recorder()
        self.bridge_client = BridgeClient(
            self.simulator.url, "api", "pass-word", transport=self.recorder, verify=False
        )
        super().__init__(numbers=numbers, is_caring=is_caring, is_set_up=False)
        self.clients = BridgeClients(self._client_of)

    def _client_of(self, bridge, credentials):
        return self.bridge_client

    def add_bridge(self):
        assert register_bridge(
            self.store, self.clock, 1, lambda bridge, credentials: _Kept(self.bridge_client)
        )

    def stop_all(self):
        self.bridge_client.close()
        self.simulator.stop()

    # What is booked

    def book(self, *participants, **request):
        """Book what GetDefaultConference offers, from 14 to 15 o'clock, with these changes."""
        default = self.booking.default_conference(self.administrator).conference.details
        offered = {
            name: getattr(default, name)
            for name in ("type", "bandwidth", "ip_bandwidth", "isdn_bandwidth", "picture_mode", "encryption")
        }
        said = {"title": "Weekly meeting", "pin": "2580", "participants": participants, **offered, **request}
        wanted = create_request(**said)
        mode = BookingMode.STRICT
        return self.booking.save_conference(self.administrator, self.client, wanted, mode).conference

    def change(self, conference, **request):
        kept = {"id": conference.id, "start": None, "title": None, "end": None, "participants": None}
        wanted = create_request(**kept | request)
        mode = BookingMode.STRICT
        return self.booking.save_conference(self.administrator, self.client, wanted, mode).conference

    def end(self, conference):
        self.booking.end_conference(self.administrator, self.client, conference.id)
        self.run_due()

    # What the bridge saw and has

    def requests(self):
        """The requests since the last look, one to a line, with names in the place of ids."""
        lines = []
        names = self._names()
        for method, path, form, _ in self.recorder.requests:
            fields = " & ".join(f"{name}={value}" for name, value in form)
            lines.append(_named(f"{method} {path} {fields}".strip(), names))
        self.recorder.requests.clear()
        return lines

    def space(self):
        """What the bridge has on the space with number 1."""
        return dict(self.simulator.bridge.spaces.with_call_id("1").values)

    def call(self):
        """The one call on the bridge."""
        [call] = self.simulator.bridge.calls.values()
        return call

    def legs(self):
        """The one call's legs by the address that was dialled or that dialled in."""
        return {leg.remote_party: leg for leg in self.call().legs.values()}

    def _names(self):
        bridge, names = self.simulator.bridge, {}
        for number, node in enumerate(bridge.call_bridges, 1):
            names[node] = f"<node {number}>"
        for space in bridge.spaces:
            names[space.id] = f"<space {space.values['callId']}>"
        for kind, found in {
            "<usual call profile>": [self.store.state.preparations[1].call_profile_id],
            "<usual leg profile>": [self.store.state.preparations[1].call_leg_profile_id],
            "<set>": bridge.parameter_sets,
            "<sync>": bridge.syncs,
        }.items():
            names |= dict.fromkeys(filter(None, found), kind)
        names |= {made: f"<{name}>" for (_, name), made in self.store.state.profiles.items()}
        live = self.live.get(1)
        names |= {live.call_id: "<call>"} if live and live.call_id else {}
        names |= {leg.call_leg_id: f"<leg of {leg.remote_party}>" for leg in live.legs} if live else {}
        route = self.store.state.conferences[1].route if self.store.state.conferences else None
        return names | ({route.secret: "<secret>"} if route and route.secret else {})


class _Kept:
    """A client that is not closed by whoever has used it."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def close(self):
        pass


def _named(line, names):
    pattern = "|".join(map(re.escape, filter(None, names)))
    return re.sub(pattern, lambda found: names[found.group()], line) if pattern else line
