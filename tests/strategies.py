"""Hypothesis strategies for the values of booking."""

from datetime import timedelta
from enum import Enum

from fakes import NOW, create_bridge
from hypothesis import strategies as st

from tmsba.domain.bridge.bridge import BridgeOccupancy, Space
from tmsba.domain.conference.request import RequestedParticipant
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind

ZONES = st.sampled_from(["", "Oslo", "Paris", "Bergen"])
_MOSTLY = st.sampled_from([True, True, True, False])

EXTERNAL_KINDS = tuple(kind for kind in ParticipantKind if kind.is_external)


@st.composite
def periods(draw, minutes: int = 60) -> Period:
    """Periods of whole minutes, empty ones too, close enough together to meet often."""
    start = draw(st.integers(0, minutes))
    end = draw(st.integers(start, minutes))
    return Period(NOW + timedelta(minutes=start), NOW + timedelta(minutes=end))


def requested_participants() -> st.SearchStrategy[RequestedParticipant]:
    """Participants with the ids that clients send: none, 0, negative, or one that others have too."""
    ids = st.none() | st.integers(-3, 6)
    systems = st.builds(
        RequestedParticipant,
        id=st.integers(1, 4),
        kind=st.sampled_from([ParticipantKind.SYSTEM, ParticipantKind.MASTER]),
    )
    external = st.builds(RequestedParticipant, id=ids, kind=st.sampled_from(EXTERNAL_KINDS))
    return systems | external


@st.composite
def occupancies(draw) -> list[BridgeOccupancy]:
    """What routing sees: some bridges, all of them different in whatever counts."""
    seen = []
    for bridge_id in draw(st.lists(st.integers(1, 9), max_size=5, unique=True)):
        number = draw(st.none() | st.integers(1, 9))
        bridge = create_bridge(
            bridge_id,
            is_enabled=draw(_MOSTLY),
            domain="example.com" if draw(_MOSTLY) else "",
            numeric_id_quantity=3 if draw(_MOSTLY) else 0,
            max_participants=draw(st.none() | st.integers(1, 3)),
            told_load=draw(st.none() | st.integers(1, 3)),
            ip_zone=draw(ZONES),
            priority=draw(st.integers(-1, 1)),
        )
        seen.append(
            BridgeOccupancy(
                bridge=bridge,
                free_space=number and Space(id=number, bridge_id=bridge_id, number=number),
                conferences=draw(st.integers(0, 3)),
                participants=draw(st.integers(0, 4)),
                is_reachable=draw(_MOSTLY),
            )
        )
    return seen


def setting_values(entry) -> st.SearchStrategy:
    """Values that a setting takes."""
    if entry.type is bool:
        return st.booleans()
    if issubclass(entry.type, Enum):
        return st.sampled_from(list(entry.type))
    if entry.type is int:
        return st.integers(entry.metadata["minimum"], entry.metadata["maximum"])
    return st.text(max_size=40).map(str.strip)


@st.composite
def spellings(draw, bare: str) -> str:
    """Another way to write an address: with a scheme, in other letter case, with blanks around it."""
    scheme = draw(st.sampled_from(["", "sip:", "SIP:", "sips:", "tel:", "h323:"]))
    text = scheme + "".join(draw(st.sampled_from([c.lower(), c.upper()])) for c in bare)
    return draw(st.sampled_from(["", " "])) + text
