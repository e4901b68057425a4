"""Who is in a call: call legs that were seen against those who are booked, and what has changed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tmsba.cms.model import BridgeParticipant, CallLeg
from tmsba.control.meeting.plan import is_one_of
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.live import (
    MOST_PARTICIPANTS,
    ConferenceEvent,
    EventKind,
    LiveParticipant,
    LiveView,
)
from tmsba.domain.people.audit import printable
from tmsba.domain.people.systems import System
from tmsba.domain.values import ParticipantKind
from tmsba.ports.live import LiveLeg

#: Why a call leg ended, as people say it; the words of the Call Detail Records Guide are the keys.
_REASONS = {
    "apiInitiatedTeardown": "disconnected by an administrator or by us",
    "callDeactivated": "nobody was there to let it in",
    "callEnded": "the call was ended",
    "callMoved": "moved to another call",
    "clientInitiatedTeardown": "hung up",
    "dnsFailure": "its domain has no address",
    "incorrectPasscode": "wrong PIN",
    "ivrTimeout": "no answer to the voice menu",
    "localTeardown": "disconnected by the bridge",
    "participantLimitReached": "the conference is full",
    "remoteBusy": "busy",
    "remoteRejected": "refused the call",
    "remoteTeardown": "hung up",
    "ringingTimeout": "did not answer",
    "unknownDestination": "unknown address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedParty:
    """A booked participant with the addresses by which a call leg is known to be theirs."""

    name: str
    addresses: tuple[str, ...]
    system_id: int | None = None
    number: int | None = None

    def has(self, address: str) -> bool:
        """Whether this is one of its addresses."""
        return is_one_of(address, self.addresses)


def booked_parties(conference: Conference, systems: Mapping[int, System]) -> tuple[BookedParty, ...]:
    """Everybody who is booked and can be known by an address, in their order."""
    parties = []
    for one in conference.participants:
        system = systems.get(one.id) if one.kind is ParticipantKind.SYSTEM else None
        if system is not None:
            addresses = (*system.addresses, *system.recording_aliases, one.name_or_number)
            party = BookedParty(name=system.name, addresses=_given(addresses), system_id=system.id)
        else:
            party = BookedParty(
                name=one.name_or_number, addresses=_given([one.name_or_number]), number=one.id
            )
        parties.append(party)
    return tuple(party for party in parties if party.addresses)


def _given(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address.strip() for address in addresses if address.strip()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at a call showed."""

    #: Its call legs as the bridge lists them.
    legs: Sequence[CallLeg]
    #: The states of those that somebody is asked about; ``None`` where the bridge tells none.
    states: Mapping[str, str | None]
    #: The call legs that we started.
    dialled: Sequence[LiveLeg]

    def with_others(self, participants: Iterable[BridgeParticipant]) -> "Sight":
        """The same with those whom other nodes of the cluster host; they have no call leg here."""
        noted = {leg.call_leg_id for leg in self.dialled if leg.is_participant}
        others = [one for one in participants if one.call_bridge_id is not None or one.id in noted]
        legs = list(map(leg_elsewhere, others))
        states = {one.id: one.state for one in others}
        return replace(self, legs=[*self.legs, *legs], states={**self.states, **states})


def leg_elsewhere(one: BridgeParticipant) -> CallLeg:
    """A participant at another node of the cluster, as a call leg of this one."""
    return CallLeg(id=one.id, name=one.name, remote_party=one.uri, call_id=one.call_id, is_participant=True)


def newcomers(before: LiveView | None, sight: Sight) -> bool:
    """Whether there is anybody who was not there before."""
    known = {one.call_leg_id for one in before.participants} if before else set()
    return any(leg.id not in known for leg in sight.legs[:MOST_PARTICIPANTS])


def see(
    before: LiveView | None, sight: Sight, booked: Sequence[BookedParty], now: datetime
) -> tuple[LiveParticipant, ...]:
    """Who is in the call now, in the order of the bridge's list.

    A call leg that nobody asks about is connected: the list holds legs that are dialled by others for the
    moment until they answer, but the next look is not far.

    Args:
        before: who was there at the last look; they stay who they were.
        sight: what the bridge tells.
        booked: who is booked; needed when there are newcomers.
        now: the present, aware.
    """
    known = {one.call_leg_id: one for one in before.participants} if before else {}
    dialled = {leg.call_leg_id: leg.remote_party for leg in sight.dialled if leg.call_leg_id}
    taken = {one.number for one in known.values()}
    seen = []
    for leg in sight.legs[:MOST_PARTICIPANTS]:
        state = sight.states.get(leg.id) or "connected"
        one = known.get(leg.id)
        if one is None:
            party = _party(booked, dialled.get(leg.id) or leg.remote_party or "", taken)
            one = _newcomer(leg, party, state, now)
            taken.add(one.number)
        elif one.state != state:
            one = replace(one, state=state, since=now)
        seen.append(one)
    return tuple(seen)


def _party(booked: Sequence[BookedParty], address: str, taken: set[int | None]) -> BookedParty | None:
    """Who has this address; of several external ones with the same the first who is not there yet."""
    found = [party for party in booked if address and party.has(address)]
    free = [party for party in found if party.system_id is not None or party.number not in taken]
    return next(iter(free or found), None)


def _newcomer(leg: CallLeg, party: BookedParty | None, state: str, now: datetime) -> LiveParticipant:
    address = leg.remote_party or ""
    shown = (party.name if party else leg.name) or leg.name or address or leg.id
    return LiveParticipant(
        call_leg_id=leg.id,
        name=printable(shown),
        address=printable(address),
        state=state,
        since=now,
        system_id=party.system_id if party else None,
        number=party.number if party else None,
    )


def changes(
    before: LiveView | None,
    seen: Sequence[LiveParticipant],
    reasons: Mapping[str, str],
    now: datetime,
) -> tuple[ConferenceEvent, ...]:
    """Who has come and who has gone since the last look.

    Args:
        before: who was there then.
        seen: who is there now.
        reasons: why call legs ended, by their ids, as far as the bridge has told.
        now: the present, aware.
    """
    were = {one.call_leg_id: one for one in (before.connected if before else ())}
    are = {one.call_leg_id: one for one in seen if one.is_connected}
    events = [
        ConferenceEvent(at=now, kind=EventKind.LEFT, text=with_reason(one.label, reasons.get(leg_id)))
        for leg_id, one in were.items()
        if leg_id not in are
    ]
    events += [
        ConferenceEvent(at=now, kind=EventKind.CONNECTED, text=one.label)
        for leg_id, one in are.items()
        if leg_id not in were
    ]
    if were and not are:
        events.append(ConferenceEvent(at=now, kind=EventKind.EVERYBODY_LEFT))
    return tuple(events)


def with_reason(text: str, reason: str | None) -> str:
    """A text with why it came to that, where the bridge has told it."""
    return f"{text}: {_REASONS.get(reason, reason)}" if reason else text
