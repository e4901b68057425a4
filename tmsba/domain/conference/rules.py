"""What a conference must be like to be booked.

Each ``check_`` function raises the documented error. Source: TMSBA guide, Booking API Reference.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.request import RequestedParticipant
from tmsba.domain.conference.series import Series
from tmsba.domain.errors import (
    CannotAddParticipant,
    CannotBookInThePast,
    ConferenceActive,
    ConferenceIsDeleted,
    ConferenceNotActive,
    DialOutNumberMissing,
    OutsideBookingWindow,
    ParticipantError,
    StartAfterEnd,
    SystemNotAllowed,
    SystemNotFound,
    UnknownError,
)
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceStatus, ConferenceType, ParticipantKind

_MAX_TITLE = 255
_MAX_PIN = 63  # what a Meeting Server takes (CMS API reference, 6.2)


def new_period(start: datetime | None, end: datetime | None) -> Period:
    """The period of a conference.

    Raises:
        StartAfterEnd: the end is not later than the start.
        UnknownError: one of them is missing.
    """
    if start is None or end is None:
        missing = "StartTimeUTC" if start is None else "EndTimeUTC"
        raise UnknownError("{element} is missing: a conference needs a start and an end.", element=missing)
    if start >= end:
        raise StartAfterEnd(
            "The conference would start at {start} and end at {end}: give an end that is later than the "
            "start.",
            start=start,
            end=end,
        )
    return Period(start, end)


def check_bookable_period(period: Period, now: datetime, window: timedelta) -> None:
    """Whether a conference may be booked for this period.

    Raises:
        CannotBookInThePast: its end is not in the future.
        OutsideBookingWindow: it starts too far ahead.
    """
    if period.end <= now:
        raise CannotBookInThePast("You cannot book a conference in the past: choose a later end time.")
    if period.start > now + window:
        raise OutsideBookingWindow(
            "Conferences can be booked up to {days} days ahead, so before {limit}: choose an earlier start.",
            days=window.days,
            limit=now + window,
        )


def check_changeable(conference: Conference, now: datetime) -> None:
    """Whether a stored conference may be saved or deleted at all.

    Raises:
        ConferenceIsDeleted: it was deleted.
        CannotBookInThePast: it is over.
    """
    status = conference.status(now)
    if status is ConferenceStatus.DELETED or conference.is_cancelled:
        raise ConferenceIsDeleted(
            "Conference {id} has been deleted. Book a new one with ConferenceId -1.", id=conference.id
        )
    if conference.period.end <= now:
        raise CannotBookInThePast(
            "Conference {id} is over: meetings in the past cannot be changed or deleted.", id=conference.id
        )


def open_occurrences(series: Series, conference_id: int, now: datetime) -> Sequence[Conference]:
    """The occurrences of a series that are neither deleted nor over: only those may be changed or deleted.

    Args:
        series: what is stored.
        conference_id: which of its occurrences the client named.
        now: the present, aware.

    Raises:
        ConferenceIsDeleted: somebody deleted the series.
        CannotBookInThePast: it is over.
    """
    if series.is_cancelled(now):
        raise ConferenceIsDeleted("The series of conference {id} has been deleted before.", id=conference_id)
    found = series.open_at(now)
    if not found:
        raise series_is_over(conference_id)
    return found


def series_is_over(conference_id: int) -> CannotBookInThePast:
    """What a caller is told who wants to change a series that has nothing to come."""
    return CannotBookInThePast(
        "The series of conference {id} is over: meetings in the past cannot be changed or deleted.",
        id=conference_id,
    )


def check_start_kept(conference: Conference, period: Period, now: datetime) -> None:
    """Whether the start may be moved.

    Raises:
        ConferenceActive: the conference is going on.

    Source: TMSBA guide, Ongoing Meetings.
    """
    if conference.status(now) is ConferenceStatus.ONGOING and period.start != conference.period.start:
        raise ConferenceActive(
            "Conference {id} is going on since {start}: its start cannot be changed any more, only its end.",
            id=conference.id,
            start=conference.period.start,
        )


def check_endable(conference: Conference, now: datetime) -> None:
    """Whether the conference can be ended now.

    Raises:
        ConferenceIsDeleted: it was deleted.
        ConferenceNotActive: it has not started, or is over.
    """
    status = conference.status(now)
    if status is ConferenceStatus.DELETED:
        raise ConferenceIsDeleted(
            "Conference {id} has been deleted; there is nothing to end.", id=conference.id
        )
    if status is not ConferenceStatus.ONGOING:
        raise ConferenceNotActive(
            "Conference {id} is {status}: only an ongoing conference can be ended. Use "
            "DeleteConferenceById for one that has not started.",
            id=conference.id,
            status=status.value,
        )


def clean_title(title: str) -> str:
    """A title as it is stored: quotes are dropped.

    Raises:
        UnknownError: it is too long.
    """
    cleaned = title.replace('"', "").replace("'", "").strip()
    if len(cleaned) > _MAX_TITLE:
        raise UnknownError(
            "The title has {length} characters: shorten it to {limit} or fewer.",
            length=len(cleaned),
            limit=_MAX_TITLE,
        )
    return cleaned


def check_details(details: Details) -> None:
    """Whether the details can be realised on a bridge.

    Raises:
        UnknownError: the PIN is not numeric or too long.
    """
    pin = details.pin
    if pin and not (pin.isascii() and pin.isdigit() and len(pin) <= _MAX_PIN):
        raise UnknownError(
            "The Password is a PIN: give up to {limit} digits and nothing else.", limit=_MAX_PIN
        )


def number_participants(requested: Iterable[RequestedParticipant]) -> tuple[Participant, ...]:
    """Participants with their ids: systems keep theirs, external ones get 1, 2, 3... where they bring none.

    A system that is listed twice takes part once.
    """
    entries = tuple(requested)
    wanted = {entry.id for entry in entries if entry.kind.is_external and entry.id}
    free = (number for number in count(1) if number not in wanted)
    seen: set[tuple[ParticipantKind, int]] = set()
    external_ids: set[int] = set()
    numbered = []
    for entry in entries:
        if entry.kind.is_external:
            is_usable = entry.id is not None and entry.id > 0 and entry.id not in external_ids
            number = entry.id if is_usable and entry.id is not None else next(free)
            external_ids.add(number)
        else:
            number = entry.id or 0
            if (entry.kind, number) in seen:
                continue
            seen.add((entry.kind, number))
        numbered.append(
            Participant(id=number, kind=entry.kind, name_or_number=entry.name_or_number, email=entry.email)
        )
    return tuple(numbered)


def check_participants(
    conference_type: ConferenceType,
    participants: Iterable[Participant],
    systems: Mapping[int, System],
    caller: Caller,
) -> None:
    """Whether these participants can take part in a conference of this type that the caller books.

    Raises:
        SystemNotFound, SystemNotAllowed, ParticipantError, DialOutNumberMissing, CannotAddParticipant.

    Source: TMSBA guide, Participant.
    """
    entries = tuple(participants)
    for participant in entries:
        _check_participant(conference_type, participant, systems, caller)
    masters = [p for p in entries if p.kind is ParticipantKind.MASTER]
    if len(masters) > 1:
        raise ParticipantError("There is more than one TMS Master Participant: name just one.")
    taking_part = {p.id for p in entries if p.kind is ParticipantKind.SYSTEM}
    if masters and masters[0].id not in taking_part:
        raise ParticipantError(
            "The TMS Master Participant {id} is not among the participants: list the system with "
            "ParticipantCallType TMS as well.",
            id=masters[0].id,
        )


def _check_participant(
    conference_type: ConferenceType, participant: Participant, systems: Mapping[int, System], caller: Caller
) -> None:
    kind = participant.kind
    if kind is ParticipantKind.SYSTEM:
        _check_system(participant, systems, caller)
    elif kind is ParticipantKind.USER:
        raise ParticipantError(
            "Participants of type {type} cannot be booked: give the system's id with type TMS, or the "
            "number to dial.",
            type=kind.value,
        )
    elif kind is ParticipantKind.DIRECTORY:
        raise ParticipantError(
            "This server has no phone books, so an entry of type Directory leads nowhere: give the number "
            "to dial with a type such as SIP ->, or the system's id with type TMS."
        )
    elif kind.is_dial_out and not participant.name_or_number.strip():
        raise DialOutNumberMissing(
            "Participant {id} is to be dialled but has no number: set NameOrNumber.", id=participant.id
        )
    elif kind.is_dial_in and not conference_type.has_route:
        raise CannotAddParticipant(
            "Nobody can dial into a conference of type Reservation Only: remove the dial-in participants or "
            "choose another ConferenceType."
        )


def _check_system(participant: Participant, systems: Mapping[int, System], caller: Caller) -> None:
    system_id = participant.id
    system = systems.get(system_id)
    if system is None:
        raise SystemNotFound("There is no system with id {id}: GetSystems lists the ids.", id=system_id)
    if not system.is_booking_allowed:
        raise SystemNotAllowed(
            "{system} (id {id}) cannot be booked: Allow Bookings is off.", system=system.name, id=system_id
        )
    if not system.is_open_to(caller):
        raise SystemNotAllowed(
            "{user} may not book {system} (id {id}), which is for certain users only: choose another system, "
            "or ask an administrator.",
            user=caller.user.full_name,
            system=system.name,
            id=system_id,
        )
    if system.is_recorder:
        _check_alias(participant, system)


def _check_alias(participant: Participant, recorder: System) -> None:
    """A recording goes to whom the alias belongs: one that is unknown must not become another one.

    Clients that name no alias leave it blank or give the system's own name.
    """
    alias = participant.name_or_number
    if alias and alias not in (*recorder.recording_aliases, recorder.name, recorder.dial_address):
        raise ParticipantError(
            "{system} (id {id}) has no recording alias '{alias}': GetRecordingAliases lists those it has.",
            system=recorder.name,
            id=recorder.id,
            alias=alias,
        )
