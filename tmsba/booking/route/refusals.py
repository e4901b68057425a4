"""What a caller is told who gets no space on a bridge. Source: TMSBA guide, NOT_ENOUGH_MCU_RESOURCES."""

from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.reasons import Reasons
from tmsba.domain.errors import NotEnoughBridgeResources
from tmsba.domain.routing.engine import BridgeChoice
from tmsba.domain.routing.reasons import Refusal

#: Of so many bridges the fault tells why they cannot.
_MOST_TOLD = 5


def nothing_found(choice: BridgeChoice) -> NotEnoughBridgeResources:
    """No bridge can take a conference: the fault says of each what is short, and what would help."""
    if not choice.verdicts:
        return NotEnoughBridgeResources(
            "No bridge can take the conference, because none is registered. Ask an administrator to add one."
        )
    told = [verdict.reason for verdict in choice.verdicts[:_MOST_TOLD]]
    if more := len(choice.verdicts) - len(told):
        told.append(Refusal.MORE.because(count=more))
    kinds = {verdict.reason.kind for verdict in choice.verdicts}
    if Refusal.NO_ROOM in kinds:
        return NotEnoughBridgeResources(
            "No bridge can take the conference: {reasons} Choose another time or fewer participants.",
            reasons=Reasons.of(told),
        )
    if Refusal.NO_NUMBER_FREE in kinds:
        return NotEnoughBridgeResources(
            "No bridge can take the conference: {reasons} Choose another time.", reasons=Reasons.of(told)
        )
    return NotEnoughBridgeResources(
        "No bridge can take the conference: {reasons} Ask an administrator to set a bridge up.",
        reasons=Reasons.of(told),
    )


def number_taken(conference: Conference, route: SpaceRoute) -> NotEnoughBridgeResources:
    """The number that it holds is booked for another conference."""
    return NotEnoughBridgeResources(
        "Number {number} is booked for another conference before {end}, and an ongoing conference "
        "cannot change its number: choose an earlier end.",
        number=route.number,
        end=conference.period.end,
    )


def too_many(bridge: Bridge, conference: Conference, count: int) -> NotEnoughBridgeResources:
    """The bridge that it holds a number on has too little room.

    Args:
        bridge: with a limit.
        conference: which one.
        count: how many participants the bridge would have.
    """
    return NotEnoughBridgeResources(
        "Bridge '{bridge}' takes up to {limit} participants at the same time, and with those of "
        "conference {id} there would be {count}. An ongoing conference cannot change its bridge: "
        "remove participants or choose an earlier end.",
        bridge=bridge.name,
        limit=bridge.participant_limit,
        id=conference.id,
        count=count,
    )
