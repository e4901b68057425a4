"""What an ongoing conference needs: seen against noted gives what to do. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tmsba.ports.live import LiveConference, LiveLeg

_CONNECTED = frozenset({"connected", "onHold"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often to try to reach a participant."""

    attempts: int
    ringing: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCare:
    """What becomes of the call legs that we started."""

    #: All of them in their order, with what was seen; those to be dialled again still with their old id.
    legs: tuple[LiveLeg, ...]
    #: Legs that ring in vain.
    hang_up: tuple[LiveLeg, ...] = ()
    #: Places in ``legs`` of participants to dial again.
    redial: tuple[int, ...] = ()
    #: Places in ``legs`` of participants whom nobody answered for, after the last try.
    given_up: tuple[int, ...] = ()


def care_for_legs(
    noted: Sequence[LiveLeg], seen: Mapping[str, str | None], now: datetime, patience: Patience
) -> LegCare:
    """Decide whom to dial again.

    Args:
        noted: the legs we started.
        seen: the states of the call's legs by their ids, ``None`` where the bridge tells none.
        now: the present, aware.
        patience: how often and how long.
    """
    legs, hang_up, redial, given_up = [], [], [], []
    for place, noted_leg in enumerate(noted):
        leg = noted_leg
        is_there = leg.call_leg_id in seen
        state = seen.get(leg.call_leg_id)
        if is_there and has_answered(state):
            leg = replace(leg, is_connected=True)
        is_waiting = is_there and now - (leg.dialled_at or now) < patience.ringing
        if leg.call_leg_id and not leg.is_connected and not is_waiting:
            if is_there:
                hang_up.append(leg)
            if leg.attempts < patience.attempts:
                redial.append(place)
            else:
                given_up.append(place)
                leg = replace(leg, call_leg_id="")
        legs.append(leg)
    return LegCare(legs=tuple(legs), hang_up=tuple(hang_up), redial=tuple(redial), given_up=tuple(given_up))


def has_answered(state: str | None) -> bool:
    """Whether somebody is there, by the state of a call leg; whom the bridge tells nothing of is."""
    return state is None or state in _CONNECTED


def is_reaching(legs: Iterable[LiveLeg]) -> bool:
    """Whether somebody is being dialled who has not answered yet."""
    return any(leg.call_leg_id and not leg.is_connected for leg in legs)


def warning_minutes(text: str) -> tuple[int, ...]:
    """The minutes before the end at which participants are told, by the setting."""
    words = text.replace(";", ",").replace(" ", ",").split(",")
    return tuple(sorted({int(word) for word in words if word.isascii() and word.isdigit()} - {0}))


def due_warning(minutes: Iterable[int], noted: LiveConference, end: datetime, now: datetime) -> int | None:
    """How many minutes are left by the warning that is due and was not shown yet, ``None`` for none.

    Of several that are due only the last one counts.
    """
    since = noted.warned_at or noted.opened_at
    due = [m for m in minutes if end - timedelta(minutes=m) <= now < end]
    return next((m for m in sorted(due) if since is None or since < end - timedelta(minutes=m)), None)


def next_moment(minutes: Iterable[int], end: datetime, now: datetime) -> datetime:
    """The next moment at which something is due by the clock: a warning, or the last minute."""
    moments = [end - timedelta(minutes=m) for m in {*minutes, 1}]
    return min((moment for moment in moments if moment > now), default=end)
