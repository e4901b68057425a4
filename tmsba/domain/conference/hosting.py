"""Conferences that somebody else hosts: what is not possible with them.

Source: TMSBA guide, ExternallyHosted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.errors import ConferenceActive, ParticipantError, UnknownError
from tmsba.domain.people.systems import System
from tmsba.domain.values import Choice, ConferenceStatus, ParticipantKind

_SIP_DIAL_INS = frozenset({ParticipantKind.SIP_VIDEO_IN, ParticipantKind.SIP_AUDIO_IN})


def check_hosting(
    details: Details, participants: Iterable[Participant], systems: Mapping[int, System]
) -> None:
    """Whether an external host can have such a conference; nothing to say about conferences of our own.

    Args:
        details: of the conference.
        participants: who takes part.
        systems: at least the systems among them, by id.

    Raises:
        UnknownError: its calls must be encrypted.
        ParticipantError: somebody is to be dialled, to record, or to dial in by something else than SIP.
    """
    if not details.is_externally_hosted:
        return
    if details.encryption is Choice.YES:
        raise UnknownError(
            "Nobody can guarantee encryption at an external host: set Encrypted to If Possible or No, or "
            "leave ExternallyHosted out."
        )
    for participant in participants:
        _check_guest(participant, systems)


def _check_guest(participant: Participant, systems: Mapping[int, System]) -> None:
    kind = participant.kind
    if kind.is_dial_out:
        raise ParticipantError(
            "Nobody is dialled from an external host: remove participant {id}, or let it dial in by SIP.",
            id=participant.id,
        )
    if kind.is_dial_in and kind not in _SIP_DIAL_INS:
        raise ParticipantError(
            "Only SIP leads to an external host: remove participant {id}, or give it the type SIP <- or "
            "SIP Tel <-.",
            id=participant.id,
        )
    system = systems.get(participant.id) if kind is ParticipantKind.SYSTEM else None
    if system and system.is_recorder:
        raise ParticipantError(
            "{system} (id {id}) cannot record at an external host: remove the recording participant.",
            system=system.name,
            id=system.id,
        )


def check_host_kept(conference: Conference, wanted: Details, now: datetime) -> None:
    """Whether the host may be another one than before.

    Raises:
        ConferenceActive: the conference is going on: everybody would have to be connected anew.

    Source: TMSBA guide, Ongoing Meetings.
    """
    is_same = wanted.external_dial_string == conference.details.external_dial_string
    if is_same or conference.status(now) is not ConferenceStatus.ONGOING:
        return
    raise ConferenceActive(
        "Conference {id} is going on: its external host cannot be added, changed or removed any more. Book "
        "a new conference instead.",
        id=conference.id,
    )
