"""Situations that routing decides, as data; run as a program it writes them to docs/routing.md.

Each is booked in a world of its own, through the use case that clients call; nothing of the answers is here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fakes import (
    NOW,
    World,
    create_conference,
    create_request,
    create_route,
    create_system,
    participant,
    wanted,
)
from structlog.testing import capture_logs

from tmsba.domain.bridge.bridge import SpaceState
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision, Via
from tmsba.domain.conference.webex import WebEx, WebExWish
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.settings import key_of
from tmsba.domain.time.recurrence import Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.times import Period
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "routing.md"
BEGIN = "<!-- The table is written by 'make scenarios'. -->"
END = "<!-- The end of the table. -->"

HOUR = timedelta(hours=1)
_VIA = {
    Via.NOTHING: "No bridge",
    Via.DIRECT: "No bridge: the systems call each other",
    Via.HOST: "No bridge: all dial the external host",
}


#: What a request says, in words.
_REQUESTS = {
    "type": lambda value: f"of the type {value.value}",
    "webex": lambda _: "with WebEx that the client has made (OwnedExternally)",
    "external_dial_string": lambda value: f"hosted externally at {value}",
    "is_recording_enabled": lambda _: "to be recorded",
}
_TIMES = {HOUR: "1 hour", HOUR / 2: "30 minutes", timedelta(days=21): "3 weeks"}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who takes part: a room in a zone, or somebody from outside."""

    kind: ParticipantKind = ParticipantKind.SYSTEM
    #: What one is called, and several.
    word: str
    words: str
    zone: str = ""
    number: str = ""
    #: Of the system.
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class There:
    """A bridge, and what is on it at the time that is wanted."""

    name: str
    zone: str = ""
    numbers: int = 3
    limit: int | None = None
    #: What its own configuration allows.
    load_limit: int | None = None
    priority: int = 0
    is_enabled: bool = True
    is_down: bool = False
    #: Whether another node of its cluster is its alternate address, which answers.
    has_alternate: bool = False
    #: Numbers that cannot be given.
    lost: Mapping[int, SpaceState] = field(default_factory=dict)
    #: The participants of each conference that is there at the same time, by number from 1 on.
    booked: Sequence[int] = ()
    #: By day of a series; without it they are there on the first day only.
    booked_on: Sequence[tuple[int, int]] = ()

    def told(self) -> str:
        """The bridge in words."""
        return f"{self.name}: {', '.join(self._facts()) or 'no zone, no limit'}"

    def _facts(self) -> Iterator[str]:
        down = "main address down, alternate address answers" if self.has_alternate else "does not answer now"
        words = {SpaceState.FOREIGN: "is somebody else's space", SpaceState.MISSING: "has no space there"}
        facts = {
            f"in {self.zone}": self.zone,
            f"priority {self.priority}": self.priority,
            f"room for {self.limit}": self.limit is not None,
            f"loadLimit {self.load_limit}": self.load_limit is not None,
            "disabled": not self.is_enabled,
            down: self.is_down,
            f"{self.numbers or 'no'} numbers": self.numbers != 3,
        }
        yield from (text for text, is_so in facts.items() if is_so)
        yield from (f"number {number} {words[state]}" for number, state in self.lost.items())
        if self.booked:
            yield f"conferences at that time: {len(self.booked)}, with {sum(self.booked)} participants"
        yield from (f"number {number} is taken on day {day}" for number, day in self.booked_on)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A request, and what it meets."""

    title: str
    people: Sequence[Person]
    bridges: Sequence[There]
    settings: Mapping[str, str] = field(default_factory=dict)
    owner_zone: str = ""
    starts_in: timedelta = HOUR
    dates: int = 1
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def start(self):
        return NOW + self.starts_in

    def asked(self) -> str:
        """What is asked in words, and the settings that are not as delivered."""
        words = [_REQUESTS[name](value) for name, value in self.request.items()]
        words.append(f"in {_TIMES[self.starts_in]}, for an hour")
        if self.dates > 1:
            words.append(f"daily on {self.dates} dates")
        if self.owner_zone:
            words.append(f"by an owner in {self.owner_zone}")
        settings = [f"`{key_of(name)}` is {value}" for name, value in self.settings.items()]
        return "<br>".join([", ".join(words), *settings])


# ---------------------------------------------------------------- the scenarios


def rooms(count: int, zone: str = "", **changes: Any) -> list[Person]:
    where = f" in {zone}" if zone else ""
    how = " without an address" if changes.get("sip_uri") == "" else ""
    person = Person(word=f"room{where}{how}", words=f"rooms{where}{how}", zone=zone, changes=changes)
    return [person] * count


def outside(count: int, kind: ParticipantKind, word: str, number: str = "") -> list[Person]:
    return [Person(kind=kind, word=word, words=f"{word}s", number=number)] * count


def dial_ins(count: int) -> list[Person]:
    return outside(count, ParticipantKind.SIP_VIDEO_IN, "SIP dial-in")


CORE = There(name="Core 1"), There(name="Core 2")
OSLO, PARIS = There(name="Core Oslo", zone="Oslo"), There(name="Core Paris", zone="Paris")
PAIRS_ALONE = {"bridge_usage": "always-except-point-to-point"}
WEBEX = WebExWish(webex=WebEx(sip_url="990011@example.webex.com", is_owned_externally=True), is_explicit=True)

SCENARIOS = (
    Scenario(title="One room alone", people=rooms(1), bridges=CORE),
    Scenario(
        title="One room, and all get a bridge",
        people=rooms(1),
        bridges=CORE,
        settings={"bridge_usage": "always"},
    ),
    Scenario(title="A pair of rooms", people=rooms(2), bridges=CORE),
    Scenario(
        title="A pair point-to-point",
        people=rooms(2),
        bridges=CORE,
        settings=PAIRS_ALONE,
    ),
    Scenario(
        title="A pair that cannot call each other",
        people=rooms(2, sip_uri=""),
        bridges=CORE,
        settings=PAIRS_ALONE,
    ),
    Scenario(
        title="A reservation",
        people=rooms(3),
        bridges=CORE,
        request={"type": ConferenceType.RESERVATION_ONLY},
    ),
    Scenario(title="Three rooms in one zone", people=rooms(3, "Paris"), bridges=(OSLO, PARIS)),
    Scenario(
        title="Rooms over two zones",
        people=[*rooms(2, "Oslo"), *rooms(1, "Paris")],
        bridges=(PARIS, OSLO),
    ),
    Scenario(
        title="Dial-ins only: the owner's zone",
        people=dial_ins(4),
        bridges=(OSLO, PARIS),
        owner_zone="Paris",
    ),
    Scenario(
        title="Somebody is called by ISDN",
        people=[
            *rooms(1, "Oslo"),
            *outside(1, ParticipantKind.ISDN_VIDEO_OUT, "ISDN call out", "+47 55 01 02 03"),
        ],
        bridges=(PARIS, OSLO),
    ),
    Scenario(
        title="WebEx beside one room",
        people=rooms(1),
        bridges=CORE,
        request={"webex": WEBEX},
    ),
    Scenario(
        title="Somebody else's host",
        people=[*rooms(2), *dial_ins(1)],
        bridges=CORE,
        request={"external_dial_string": "multiway@example.org"},
    ),
    Scenario(
        title="One room is recorded",
        people=rooms(1),
        bridges=CORE,
        settings={"record_on_bridge": "Yes"},
        request={"is_recording_enabled": True},
    ),
    Scenario(
        title="A bridge is disabled",
        people=rooms(3),
        bridges=(There(name="Core 1", is_enabled=False), There(name="Core 2", booked=[4, 4])),
    ),
    Scenario(
        title="A bridge has no numbers yet",
        people=rooms(3),
        bridges=(There(name="Core 1", numbers=0), There(name="Core 2", booked=[4])),
    ),
    Scenario(
        title="Somebody else's space is in the way",
        people=dial_ins(2),
        bridges=(There(name="Core 1", lost={1: SpaceState.FOREIGN}),),
    ),
    Scenario(
        title="A space is missing on the bridge",
        people=dial_ins(2),
        bridges=(There(name="Core 1", lost={1: SpaceState.MISSING, 2: SpaceState.MISSING}),),
    ),
    Scenario(
        title="One bridge is full",
        people=dial_ins(6),
        bridges=(There(name="Core 1", limit=20, booked=[9, 6]), There(name="Core 2", limit=10)),
    ),
    Scenario(
        title="Nobody has numbers or room",
        people=dial_ins(6),
        bridges=(
            There(name="Core 1", limit=20, booked=[9, 6]),
            There(name="Core 2", numbers=2, booked=[2, 2]),
        ),
    ),
    Scenario(
        title="The lower load",
        people=dial_ins(4),
        bridges=(
            There(name="Core 1", limit=40, booked=[20]),
            There(name="Core 2", limit=40, booked=[4, 4]),
        ),
    ),
    Scenario(
        title="The lower load by the load limits",
        people=dial_ins(4),
        bridges=(
            There(name="Core 1", load_limit=100_000, booked=[6]),
            There(name="Core 2", load_limit=400_000, booked=[6, 6]),
        ),
    ),
    Scenario(
        title="Loads that cannot be compared",
        people=dial_ins(4),
        bridges=(There(name="Core 1", limit=40, booked=[4, 4]), There(name="Core 2", booked=[30])),
    ),
    Scenario(
        title="A priority",
        people=rooms(3),
        bridges=(There(name="Core 1"), There(name="Core 2", priority=10, booked=[4, 4])),
    ),
    Scenario(
        title="The bridge in the zone is down, and it starts soon",
        people=rooms(3, "Oslo"),
        bridges=(replace(OSLO, is_down=True), PARIS),
        starts_in=HOUR / 2,
    ),
    Scenario(
        title="The bridge in the zone is down now, and it starts in three weeks",
        people=rooms(3, "Oslo"),
        bridges=(replace(OSLO, is_down=True), PARIS),
        starts_in=timedelta(days=21),
    ),
    Scenario(
        title="All bridges are down",
        people=rooms(3, "Paris"),
        bridges=(replace(OSLO, is_down=True), replace(PARIS, is_down=True)),
        starts_in=HOUR / 2,
    ),
    Scenario(
        title="One node of a cluster is down",
        people=rooms(3, "Oslo"),
        bridges=(replace(OSLO, is_down=True, has_alternate=True), PARIS),
        starts_in=HOUR / 2,
    ),
    Scenario(
        title="No bridge in the zone: the nearest",
        people=rooms(3, "Bergen"),
        bridges=(replace(PARIS, priority=10), OSLO),
        settings={"zone_order": "Bergen > Oslo > Paris"},
    ),
    Scenario(
        title="The bridge in the zone is full: the nearest",
        people=rooms(3, "Oslo"),
        bridges=(
            replace(OSLO, limit=10, booked=[8]),
            There(name="Core Rome", zone="Rome"),
            replace(PARIS, booked=[4]),
        ),
        settings={"zone_order": "Oslo > Paris"},
    ),
    Scenario(
        title="A series with one number for all dates",
        people=dial_ins(3),
        bridges=(There(name="Core 1", booked_on=[(1, 1), (2, 3)]),),
        dates=3,
    ),
    Scenario(
        title="A series without a number for all dates",
        people=dial_ins(3),
        bridges=(There(name="Core 1", numbers=2, booked_on=[(1, 1), (2, 2)]),),
        dates=2,
    ),
    Scenario(
        title="A series whose first date is soon, and the bridge is down",
        people=rooms(2, "Oslo"),
        bridges=(replace(OSLO, is_down=True), PARIS),
        starts_in=HOUR / 2,
        dates=3,
    ),
)


# ---------------------------------------------------------------- how they are booked


def world_of(scenario: Scenario) -> World:
    """The world that a scenario describes."""
    world = World(bridges=len(scenario.bridges), numbers=3)
    for name, value in scenario.settings.items():
        world.set(name, value)
    account = world.store.state.accounts[1]
    owner = replace(account.user, ip_zone=scenario.owner_zone)
    world.store.state.accounts = {**world.store.state.accounts, 1: replace(account, user=owner)}
    for system_id, person in enumerate(_systems(scenario), start=1):
        system = create_system(system_id, ip_zone=person.zone, **person.changes)
        world.store.state.systems = {**world.store.state.systems, system_id: system}
    for bridge_id, there in enumerate(scenario.bridges, start=1):
        _set(world, bridge_id, there, scenario)
    return world


def _systems(scenario: Scenario) -> list[Person]:
    return [person for person in scenario.people if person.kind is ParticipantKind.SYSTEM]


def _set(world: World, bridge_id: int, there: There, scenario: Scenario) -> None:
    spaces = {one.number: one.id for one in world.store.state.spaces.values() if one.bridge_id == bridge_id}
    held = [(number, 1, count) for number, count in enumerate(there.booked, start=1)]
    held += [(number, day, 1) for number, day in there.booked_on]

    def work(uow):
        bridge = replace(
            uow.bridges.get(bridge_id),
            name=there.name,
            ip_zone=there.zone,
            priority=there.priority,
            max_participants=there.limit,
            told_load=there.load_limit,
            is_enabled=there.is_enabled,
            numeric_id_quantity=there.numbers,
        )
        uow.bridges.change(bridge)
        for number, state in there.lost.items():
            uow.bridges.set_space_state(spaces[number], state)
        for number, day, count in held:
            start = scenario.start + timedelta(days=day - 1)
            uow.conferences.add(_other(bridge_id, spaces[number], number, Period(start, start + HOUR), count))

    world.store.prepare(work)
    if there.is_down:
        found = {BridgeAddress.MAIN: False} | ({BridgeAddress.ALTERNATE: True} if there.has_alternate else {})
        healths = {
            (bridge_id, address): BridgeHealth(bridge_id=bridge_id, address=address, is_reachable=answers)
            for address, answers in found.items()
        }
        world.store.state.healths = world.store.state.healths | healths


def _other(bridge_id: int, space_id: int, number: int, period: Period, count: int) -> Conference:
    """A conference that somebody else has there."""
    route = create_route(space_id, bridge_id=bridge_id, number=number)
    people = tuple(participant(ParticipantKind.SIP_VIDEO_IN, place) for place in range(1, count + 1))
    return create_conference(id=0, period=period, participants=people, route=route)


def booked_in(world: World, scenario: Scenario) -> list[Conference]:
    """The dates that are booked, in their order.

    Raises:
        NotEnoughBridgeResources: no bridge can take it.
    """
    ids = iter(range(1, len(scenario.people) + 1))
    people = [
        wanted(one.kind, next(ids))
        if one.kind is ParticipantKind.SYSTEM
        else wanted(one.kind, name_or_number=one.number)
        for one in sorted(scenario.people, key=lambda one: one.kind is not ParticipantKind.SYSTEM)
    ]
    pattern = RecurrencePattern(
        frequency=Frequency.DAILY, interval=1, end_type=SeriesEnd.BY_COUNT, occurrences=scenario.dates
    )
    request = create_request(
        start=scenario.start,
        end=scenario.start + HOUR,
        participants=tuple(people),
        pattern=pattern if scenario.dates > 1 else None,
        **scenario.request,
    )
    before = set(world.store.state.conferences)
    world.booking.save_conference(world.caller, world.client, request, BookingMode.STRICT)
    return [one for i, one in sorted(world.store.state.conferences.items()) if i not in before]


# ---------------------------------------------------------------- how they are told


def row_of(scenario: Scenario) -> Sequence[str]:
    """The cells of a scenario: what it is, and what became of it."""
    world = world_of(scenario)
    try:
        dates = booked_in(world, scenario)
    except NotEnoughBridgeResources as error:
        decision, why = f"Refused: {error.name}", [error.message]
    else:
        decision, why = _decision(world, dates), list(_why(world, dates))
    bridges = [there.told() for there in scenario.bridges]
    return scenario.title, _people(scenario), scenario.asked(), _lines(bridges), decision, _lines(why)


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(text.replace("|", "\\|") for text in texts)


def _people(scenario: Scenario) -> str:
    counts: dict[int, tuple[Person, int]] = {}
    for person in scenario.people:
        counts[id(person)] = person, counts.get(id(person), (person, 0))[1] + 1
    return _lines(
        f"{count} {person.word if count == 1 else person.words}" for person, count in counts.values()
    )


def _decision(world: World, dates: Sequence[Conference]) -> str:
    first = dates[0]
    if first.route is None:
        return _VIA[_kept(world, first).need.via]
    places = [
        f"{world.store.state.bridges[one.route.bridge_id].name}, number {one.route.number}" for one in dates
    ]
    if len(dates) == 1:
        return places[0]
    if len(set(places)) == 1:
        return f"{places[0]}, on all {len(dates)} dates"
    return _lines(f"Date {number}: {place}" for number, place in enumerate(places, start=1))


def _kept(world: World, conference: Conference) -> Decision:
    with world.store.reading() as uow:
        return uow.conferences.decision(conference.id)


def _why(world: World, dates: Sequence[Conference]) -> Iterator[str]:
    """The last step of whether a bridge is needed, what came before the bridges, and each bridge's reason."""
    decision = _kept(world, dates[0])
    yield str(decision.need.steps[-1])
    yield from map(str, decision.steps)
    for verdict in sorted(decision.verdicts, key=lambda one: not one.is_chosen):
        yield f"*{verdict.bridge}*: {verdict.reason}"


def table() -> str:
    """All scenarios as a table in Markdown."""
    titles = ("No.", "Situation", "Who takes part", "What is asked", "Bridges", "Decision", "Why")
    lines = [f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}"]
    for number, scenario in enumerate(SCENARIOS, start=1):
        lines.append(f"| {number} | {' | '.join(row_of(scenario))} |")
    return "\n".join(lines)


def written(document: str) -> str:
    """The document with the table as it is by now."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Bring the document up to date; what bookings log is of no interest."""
    with capture_logs():
        text = written(DOCUMENT.read_text())
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
