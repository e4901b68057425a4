"""Which IP zone a bridge should be in: an administrator's word for a part of the network."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.reasons import Reason
from tmsba.domain.people.systems import System
from tmsba.domain.routing.reasons import ChoiceReason
from tmsba.domain.values import ParticipantKind


@dataclass(frozen=True, slots=True)
class Zone:
    """The IP zone that bridges are preferred in; blank for any."""

    name: str = ""
    #: Where it comes from; nothing when nobody looked.
    reason: Reason | None = None
    #: The other zones that are near, nearest first; all others are farther, and equally far.
    nearest: tuple[str, ...] = ()

    def distance(self, other: str) -> int:
        """How far a bridge in another zone, or in none, is away: 0 for here; 0 for all without a name."""
        if not self.name or other == self.name:
            return 0
        near = self.nearest
        return 1 + (near.index(other) if other in near else len(near))

    def is_near(self, other: str) -> bool:
        """Whether the administrator has given the other zone a place in the order."""
        return bool(self.name) and other in self.nearest


@dataclass(frozen=True, slots=True)
class ZoneOrders:
    """Which zones are nearest to which, as the administrator says it."""

    #: By zone the others, nearest first.
    nearest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "ZoneOrders":
        """What a text such as ``Oslo > Bergen > London; Bergen > Oslo`` says.

        What makes no sense is passed by: blank names, repetitions, a zone in its own order.
        """
        orders: dict[str, tuple[str, ...]] = {}
        for part in text.split(";"):
            name, *others = (word.strip() for word in part.split(">"))
            known = tuple(dict.fromkeys(word for word in others if word and word != name))
            if name and known:
                orders[name] = known
        return cls(orders)

    def changed(self, name: str, others: Iterable[str]) -> "ZoneOrders":
        """With another order for one zone; without any for no others."""
        kept = {zone: near for zone, near in self.nearest.items() if zone != name}
        near = tuple(others)
        return ZoneOrders(kept | {name: near} if near else kept)

    def __str__(self) -> str:
        """The text, zones by name."""
        return "; ".join(" > ".join((name, *near)) for name, near in sorted(self.nearest.items()))


def wanted_zone(
    participants: Iterable[Participant],
    systems: Mapping[int, System],
    owner_zone: Callable[[], str],
    orders: ZoneOrders | None = None,
) -> Zone:
    """The zone that most systems are in, else the owner's.

    When several zones have as many systems, the first one in the alphabet counts.

    Args:
        participants: of the conference, or of all the dates that are routed together.
        systems: at least the systems among them, by id.
        owner_zone: gives that of the owner; only asked when no system has one.
        orders: which zones are nearest to which.

    Source: ADR 16.
    """
    near = orders.nearest if orders else {}
    rooms = (p.id for p in participants if p.kind is ParticipantKind.SYSTEM)
    counts = Counter(systems[i].ip_zone for i in rooms if i in systems and systems[i].ip_zone)
    if counts:
        name = min(counts, key=lambda zone: (-counts[zone], zone))
        return Zone(name, ChoiceReason.ZONE_OF_SYSTEMS.because(zone=name), near.get(name, ()))
    name = owner_zone()
    if name:
        return Zone(name, ChoiceReason.ZONE_OF_OWNER.because(zone=name), near.get(name, ()))
    return Zone("", ChoiceReason.NO_ZONE.because())
