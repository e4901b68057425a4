"""Which IP zone a bridge should be in: an administrator's word for a part of the network."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tmsba.domain.conference import Participant
from tmsba.domain.reasons import Reason
from tmsba.domain.system import System
from tmsba.domain.values import ParticipantKind
from tmsba.routing.reasons import ChoiceReason


@dataclass(frozen=True, slots=True)
class Zone:
    """The IP zone that bridges are preferred in; blank for any."""

    name: str = ""
    #: Where it comes from; nothing when nobody looked.
    reason: Reason | None = None


def wanted_zone(
    participants: Iterable[Participant], systems: Mapping[int, System], owner_zone: Callable[[], str]
) -> Zone:
    """The zone that most systems are in, else the owner's.

    When several zones have as many systems, the first one in the alphabet counts.

    Args:
        participants: of the conference, or of all the dates that are routed together.
        systems: at least the systems among them, by id.
        owner_zone: gives that of the owner; only asked when no system has one.

    Source: ADR 16.
    """
    rooms = (p.id for p in participants if p.kind is ParticipantKind.SYSTEM)
    counts = Counter(systems[i].ip_zone for i in rooms if i in systems and systems[i].ip_zone)
    if counts:
        name = min(counts, key=lambda zone: (-counts[zone], zone))
        return Zone(name, ChoiceReason.ZONE_OF_SYSTEMS.because(zone=name))
    name = owner_zone()
    if name:
        return Zone(name, ChoiceReason.ZONE_OF_OWNER.because(zone=name))
    return Zone("", ChoiceReason.NO_ZONE.because())
