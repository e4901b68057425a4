"""Does a conference need a bridge, and how does each participant connect?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from tmsba.domain.conference import Details, Participant
from tmsba.domain.system import System
from tmsba.domain.values import ConferenceType, ParticipantKind

_PHONE_KINDS = frozenset(
    {ParticipantKind.ISDN_VIDEO_OUT, ParticipantKind.TELEPHONE_OUT, ParticipantKind.MOBILE_OUT}
)


class Direction(Enum):
    """Who calls whom."""

    BRIDGE_DIALS = "bridge-dials"
    DIALS_IN = "dials-in"
    NOT_CONNECTED = "not-connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How one participant reaches the bridge, or the external host."""

    participant: Participant
    direction: Direction
    #: What the bridge dials; blank unless it does.
    address: str = ""


def needs_bridge(details: Details, participants: Iterable[Participant]) -> bool:
    """Whether somebody has to be connected through a bridge.

    One system alone has nobody to talk to; anybody from outside needs a number to dial or a bridge that
    dials, and so do two systems, because nothing but a bridge is under our control. An external host takes
    the place of a bridge.
    """
    if details.is_externally_hosted or not details.type.has_route:
        return False
    entries = tuple(participants)
    systems = {p.id for p in entries if p.kind is ParticipantKind.SYSTEM}
    return len(systems) > 1 or any(p.kind.is_external for p in entries)


def connections(
    details: Details,
    participants: Iterable[Participant],
    systems: Mapping[int, System],
    *,
    is_connected: bool = False,
) -> tuple[Connection, ...]:
    """How each participant connects, in the order of the list; the master's second entry is left out.

    Args:
        details: of the conference; its type says how it is launched.
        participants: the conference's participants.
        systems: at least the systems among them, by id.
        is_connected: whether somebody has asked that everybody be connected, whatever the type.

    Source: TMSBA guide, Conference, ConferenceType and ExternallyHosted.
    """
    taking_part = (p for p in participants if p.kind is not ParticipantKind.MASTER)
    if details.is_externally_hosted:
        return tuple(_to_host(details.type, participant) for participant in taking_part)
    launched_as = ConferenceType.AUTOMATIC if is_connected else details.type
    return tuple(_to_bridge(launched_as, participant, systems) for participant in taking_part)


def _to_host(conference_type: ConferenceType, participant: Participant) -> Connection:
    """Nobody but the participants themselves can dial an external host."""
    is_launched = conference_type in (ConferenceType.AUTOMATIC, ConferenceType.ONE_BUTTON_TO_PUSH)
    dials = participant.kind.is_dial_in or is_launched
    return Connection(
        participant=participant, direction=Direction.DIALS_IN if dials else Direction.NOT_CONNECTED
    )


def _to_bridge(
    conference_type: ConferenceType, participant: Participant, systems: Mapping[int, System]
) -> Connection:
    if participant.kind.is_dial_in:
        return Connection(participant=participant, direction=Direction.DIALS_IN)
    address = dial_address(participant, systems)
    if not address or not _is_dialled(conference_type, participant, systems):
        is_button = conference_type is ConferenceType.ONE_BUTTON_TO_PUSH
        direction = Direction.DIALS_IN if is_button else Direction.NOT_CONNECTED
        return Connection(participant=participant, direction=direction)
    return Connection(participant=participant, direction=Direction.BRIDGE_DIALS, address=address)


def _is_dialled(
    conference_type: ConferenceType, participant: Participant, systems: Mapping[int, System]
) -> bool:
    if conference_type is ConferenceType.ONE_BUTTON_TO_PUSH:
        # Nobody stands before a recorder to push its button.
        return participant.kind.is_dial_out or _is_recorder(participant, systems)
    return conference_type.is_dialled


def _is_recorder(participant: Participant, systems: Mapping[int, System]) -> bool:
    system = systems.get(participant.id) if participant.kind is ParticipantKind.SYSTEM else None
    return system is not None and system.is_recorder


def dial_address(participant: Participant, systems: Mapping[int, System]) -> str:
    """What the bridge dials to reach a participant; blank when there is nothing to dial.

    A recording system is dialled by the alias that the participant names, if it has that alias.
    """
    if participant.kind is ParticipantKind.SYSTEM:
        system = systems.get(participant.id)
        if system is None:
            return ""
        if system.is_recorder:
            is_alias = participant.name_or_number in system.recording_aliases
            return participant.name_or_number if is_alias else system.dial_address
        return system.dial_address
    if participant.kind in _PHONE_KINDS:
        return re.sub(r"[\s()./-]", "", participant.name_or_number)
    return participant.name_or_number.strip() if participant.kind.is_dial_out else ""
