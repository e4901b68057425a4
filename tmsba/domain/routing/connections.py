"""How does each participant connect?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Connection, Direction, Via
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.people.systems import System
from tmsba.domain.routing.reasons import Way
from tmsba.domain.values import ConferenceType, ParticipantKind, StoredState

__all__ = [
    "Connection",
    "Direction",
    "WebExCall",
    "connections",
    "connections_of",
    "dial_address",
    "webex_call",
]

_PHONE_KINDS = frozenset(
    {ParticipantKind.ISDN_VIDEO_OUT, ParticipantKind.TELEPHONE_OUT, ParticipantKind.MOBILE_OUT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebExCall:
    """How the bridge reaches the WebEx meeting of a conference."""

    address: str
    #: Whether it is a telephone.
    is_phone: bool = False
    #: Tones to send once WebEx has answered; blank for none.
    dtmf_sequence: str = field(default="", repr=False)
    #: Whether the bridge dials at the start by itself, and not only when somebody connects everybody.
    is_dialled: bool = True


def connections_of(conference: Conference, systems: Mapping[int, System]) -> tuple[Connection, ...]:
    """How the participants of a stored conference connect; see ``connections``."""
    via = Via.DIRECT if _is_point_to_point(conference) else None
    return connections(conference.details, conference.participants, systems, via)


def webex_call(details: Details) -> WebExCall | None:
    """How the bridge reaches WebEx; ``None`` when there is none, or nothing to dial.

    It is dialled like any dial-out participant.

    Source: TMSBA guide, OwnedExternally and WebexTelephony.
    """
    webex = details.webex
    if webex is None or not (webex.is_owned_externally and webex.address and details.type.has_route):
        return None
    return WebExCall(
        address=_phone_number(webex.address) if webex.uses_pstn else webex.address,
        is_phone=webex.uses_pstn,
        dtmf_sequence=webex.dtmf_sequence,
        is_dialled=details.type in (ConferenceType.AUTOMATIC, ConferenceType.ONE_BUTTON_TO_PUSH),
    )


def _is_point_to_point(conference: Conference) -> bool:
    """Whether it was booked without a bridge, for two systems that call each other."""
    is_routed = conference.details.type.has_route and not conference.details.is_externally_hosted
    is_without = conference.state is StoredState.BOOKED and conference.route is None
    return is_routed and is_without and len(conference.system_ids) == 2


def connections(
    details: Details,
    participants: Iterable[Participant],
    systems: Mapping[int, System],
    via: Via | None = None,
    *,
    is_connected: bool = False,
) -> tuple[Connection, ...]:
    """How each participant connects, in the order of the list; the master's second entry is left out.

    Args:
        details: of the conference; its type says how it is launched.
        participants: the conference's participants.
        systems: at least the systems among them, by id.
        via: what connects them; without it, the external host or else a bridge.
        is_connected: whether somebody has asked that everybody be connected, whatever the type.

    Source: TMSBA guide, Conference, ConferenceType and ExternallyHosted.
    """
    entries = list(participants)
    masters = {p.id for p in entries if p.kind is ParticipantKind.MASTER}
    taking_part = [p for p in entries if p.kind is not ParticipantKind.MASTER]
    via = via or (Via.HOST if details.is_externally_hosted else Via.BRIDGE)
    launched_as = ConferenceType.AUTOMATIC if is_connected and via is Via.BRIDGE else details.type
    if via is Via.DIRECT:
        return tuple(_to_each_other(one, taking_part, systems) for one in taking_part)
    return tuple(
        _master(one)
        if one.kind is ParticipantKind.SYSTEM and one.id in masters and _waits(launched_as, via)
        else _connection(launched_as, one, systems, via)
        for one in taking_part
    )


def _waits(conference_type: ConferenceType, via: Via) -> bool:
    """Whether nobody is dialled before the master is there."""
    return conference_type is ConferenceType.MANUAL and via is Via.BRIDGE


def _master(participant: Participant) -> Connection:
    return Connection(participant=participant, direction=Direction.DIALS_IN, reason=Way.STARTS.because())


def _connection(
    conference_type: ConferenceType,
    participant: Participant,
    systems: Mapping[int, System],
    via: Via,
) -> Connection:
    if via is Via.HOST:
        direction, reason = _to_host(conference_type, participant)
    elif via is Via.BRIDGE:
        direction, reason = _to_bridge(conference_type, participant, systems)
    else:
        direction, reason = Direction.NOT_CONNECTED, Way.NO_BRIDGE.because()
    address = dial_address(participant, systems) if direction is Direction.BRIDGE_DIALS else ""
    return Connection(participant=participant, direction=direction, address=address, reason=reason)


def _to_host(conference_type: ConferenceType, participant: Participant) -> tuple[Direction, Reason]:
    """Nobody but the participants themselves can dial an external host."""
    is_launched = conference_type in (ConferenceType.AUTOMATIC, ConferenceType.ONE_BUTTON_TO_PUSH)
    if participant.kind.is_dial_in or is_launched:
        return Direction.DIALS_IN, Way.DIALS_HOST.because()
    return Direction.NOT_CONNECTED, Way.NOT_LAUNCHED.because(type=conference_type.value)


def _to_bridge(
    conference_type: ConferenceType, participant: Participant, systems: Mapping[int, System]
) -> tuple[Direction, Reason]:
    if participant.kind.is_dial_in:
        return Direction.DIALS_IN, Way.DIALS_IN.because()
    has_buttons = conference_type is ConferenceType.ONE_BUTTON_TO_PUSH
    reason = _why_dialled(conference_type, participant, systems)
    if reason and dial_address(participant, systems):
        return Direction.BRIDGE_DIALS, reason
    if has_buttons:
        return Direction.DIALS_IN, Way.BUTTON.because()
    if reason:
        return Direction.NOT_CONNECTED, Way.NO_ADDRESS.because()
    if conference_type is ConferenceType.MANUAL:
        return Direction.NOT_CONNECTED, Way.WAITS_FOR_MASTER.because()
    return Direction.NOT_CONNECTED, Way.NOT_LAUNCHED.because(type=conference_type.value)


def _why_dialled(
    conference_type: ConferenceType, participant: Participant, systems: Mapping[int, System]
) -> Reason | None:
    """Why the bridge is to dial a participant, or nothing."""
    if conference_type is not ConferenceType.ONE_BUTTON_TO_PUSH:
        return Way.DIALLED.because(type=conference_type.value) if conference_type.is_dialled else None
    if participant.kind.is_dial_out:
        return Way.GUEST_DIALLED.because()
    # Nobody stands before a recorder to push its button.
    return Way.RECORDER_DIALLED.because() if _is_recorder(participant, systems) else None


def _to_each_other(
    participant: Participant, taking_part: Sequence[Participant], systems: Mapping[int, System]
) -> Connection:
    """Who has no address calls, whoever has one is called; when both have one, either may call."""
    other = next((p for p in taking_part if p.id != participant.id), participant)
    address = dial_address(other, systems)
    reason = Way.CALLS.because() if address else Way.IS_CALLED.because()
    return Connection(
        participant=participant, direction=Direction.POINT_TO_POINT, address=address, reason=reason
    )


def _is_recorder(participant: Participant, systems: Mapping[int, System]) -> bool:
    system = systems.get(participant.id) if participant.kind is ParticipantKind.SYSTEM else None
    return system is not None and system.is_recorder


def dial_address(participant: Participant, systems: Mapping[int, System]) -> str:
    """What the bridge dials to reach a participant; blank when there is nothing to dial.

    A recording system is dialled by the alias that the participant names, if it has that alias.
    """
    if participant.kind is ParticipantKind.SYSTEM:
        system = systems.get(participant.id)
        return _system_address(system, participant.name_or_number) if system else ""
    if participant.kind in _PHONE_KINDS:
        return _phone_number(participant.name_or_number)
    return participant.name_or_number.strip() if participant.kind.is_dial_out else ""


def _phone_number(text: str) -> str:
    """A number as bridges take it, without what people put between its digits."""
    return re.sub(r"[\s()./-]", "", text)


def _system_address(system: System, alias: str) -> str:
    if system.is_recorder and alias in system.recording_aliases:
        return alias
    return system.dial_address
