"""How many requests a bridge gets from us, by what is done, with many spaces of others there."""

import re
import threading
from collections import Counter

import httpx
from bridge_traffic import Line, _Kept
from fakes import FakeHealthChecks, at, dial_out

from tmsba.control.bridge.access import access_at
from tmsba.control.bridge.inspection import inspect
from tmsba.control.upkeep.health import HealthMonitor
from tmsba.control.upkeep.sweep import Sweeper
from tmsba.domain.bridge.health import BridgeAddress


class Counted(Line):
    """A line whose bridge has spaces of others, listed before and after ours.

    Args:
        foreign: How many spaces others have.
        numbers: How many are ours.
    """

    def __init__(self, foreign, *, numbers=5):
        super().__init__(numbers=numbers)
        self._settle(foreign // 2, "A")
        self.foreign = foreign

    def _settle(self, count, letter):
        spaces = self.simulator.bridge.spaces
        for place in range(count):
            # Numbers like ours stand in their names, and in no place where they count.
            spaces.add({"name": f"{letter} {place} room", "uri": f"{letter}.{place}.room"})

    def count(self, act):
        """The requests of something, as a list of method and path without ids."""
        self.recorder.requests.clear()
        act()
        return [_shape(method, path, query) for method, path, _, query in self.recorder.requests]

    def add(self):
        """What ``tmsba bridge add`` asks: first it tries the address, then it sets the bridge up."""
        inspect(self.bridge_client)
        self.add_bridge()
        self._settle(self.foreign - self.foreign // 2, "Z")

    def start(self):
        """One conference with one participant to be dialled starts."""
        self.book(dial_out("desk@example.com"))
        self.run_until(at(14))

    def end(self):
        """It ends."""
        self.run_until(at(15))

    def minute(self, monitor):
        """A minute in which nothing happens."""
        end = self.clock.now.timestamp() + 60
        while self.clock.now.timestamp() < end:
            self.look(monitor)

    def look(self, monitor):
        """The next look at the bridge; the clock goes on to the one after it."""
        now = self.clock()
        for before in monitor.checks.claim("monitor", now, now + monitor.every, 9):
            monitor.check(before)
        self.clock.now = max(now, min(monitor.checks.due.values()))

    def sweep(self, *, is_thorough=False):
        """A sweep of the main address."""
        with self.store.reading() as uow:
            bridge = uow.bridges.get(1)
            access = access_at(uow, bridge, BridgeAddress.MAIN)
        return self.sweeper().sweep(bridge, access, is_thorough=is_thorough)

    def sweeper(self):
        return Sweeper(
            store=self.store,
            queue=self.queue,
            live=self.live,
            factory=lambda bridge, credentials: _Kept(self.bridge_client),
            clock=self.clock,
            stop=threading.Event(),
            rerouting=self.rerouting,
        )

    def monitor(self):
        return HealthMonitor(
            store=self.store,
            checks=FakeHealthChecks(self.store),
            factory=lambda bridge, credentials: _Kept(self.bridge_client),
            clock=self.clock,
            stop=threading.Event(),
            owner="monitor",
            chance=lambda: 0.0,
        )


def measure(foreign, *, numbers=5):
    """The requests of each thing that is done, by its name."""
    line = Counted(foreign, numbers=numbers)
    try:
        counts = {"add": line.count(line.add)}
        # A look that asks for everything has been taken, as it is most of the time.
        monitor = line.monitor()
        line.look(monitor)
        counts["idle minute"] = line.count(lambda: line.minute(monitor))
        counts["start"] = line.count(line.start)
        counts["end"] = line.count(line.end)
        counts["sweep"] = line.count(line.sweep)
        counts["sweep after an outage"] = line.count(lambda: line.sweep(is_thorough=True))
        line.simulator.bridge.remove_space(line.simulator.bridge.spaces.with_call_id("1"))
        counts["sweep that makes a space"] = line.count(line.sweep)
        counts["prepare"] = line.count(line.add_bridge)
        return counts
    finally:
        line.stop_all()


def lists_of_spaces(requests):
    """How often each page of the list of spaces was read, without a filter."""
    return Counter(one for one in requests if one.startswith("GET coSpaces?") or one == "GET coSpaces")


def _shape(method, path, query):
    node, _, rest = path.partition("/")
    asked = re.sub(r"\w{8}-\w{4}-[\w-]+", "...", str(httpx.QueryParams(query)))
    return f"{method} {node}{'/...' if rest else ''}{'?' if asked else ''}{asked}"
