"""All that a decision of the routing engine can say.

The names of tables and members are stored: they stay, while a sentence may change.
"""

from collections.abc import Mapping
from enum import unique

from tmsba.domain.conference.reasons import ClientReason, ReasonKind


@unique
class NeedReason(ReasonKind):
    """Why a conference needs a bridge, or none."""

    EXTERNAL_HOST = "It is held at somebody else's host, {address}, which takes the place of a bridge."
    NO_ROUTE = "The conference type {type} reserves systems and connects nobody."
    CONNECTING_TYPE = "The conference type {type} connects its participants."
    TAKING_PART = "Taking part: {systems} systems, {guests} from outside."
    USAGE = "The setting External MCU Usage in Routing is {usage}."
    RECORDED = "The bridge is to record it, so it needs one."
    WEBEX = "The bridge is to dial WebEx, so it needs one."
    FROM_OUTSIDE = "Whoever is outside needs a number to dial, or a bridge that dials: it needs a bridge."
    SEVERAL_SYSTEMS = "The systems meet on a bridge, as nothing else here could connect them."
    POINT_TO_POINT = "Two systems can call each other: it needs no bridge."
    NOT_POINT_TO_POINT = "The two systems cannot call each other, as {reason}: it needs a bridge."
    ALWAYS = "Every conference gets a bridge: people can dial in."
    ALONE = "Whoever is alone has nobody to be connected with: it needs no bridge."
    GOES_ON = "It is going on, so it keeps its bridge."
    WAITS_FOR_APPROVAL = "Nothing is routed before somebody approves it."
    SYSTEMS_TAKEN = "Systems are booked for other conferences at that time, so nothing is routed."


@unique
class ChoiceReason(ReasonKind):
    """What came before the bridges were looked at one by one."""

    KEPT = "It keeps its number {number}, which is free for the whole time, and its bridge has room."
    NOT_KEPT = "It could not keep its number: {reason}"
    ONE_NUMBER = "One number is looked for that is free on all {count} dates."
    OWN_NUMBERS = "No number is free on all {count} dates, so each date gets one of its own."
    ZONE_OF_SYSTEMS = "Most of its systems that have an IP zone are in {zone}."
    ZONE_OF_OWNER = "None of its systems has an IP zone, so that of its owner counts: {zone}."
    LEFT = "It had to leave bridge '{bridge}'."
    NUMBER_LEFT = (
        "It had to leave number {number} on bridge '{bridge}', which somebody else's space has there."
    )
    LEFT_DISABLED = "It had to leave bridge '{bridge}', which is disabled."
    LEFT_DOWN = (
        "It had to leave bridge '{bridge}', which did not answer when it was {minutes} minutes or less to "
        "the start."
    )
    LEFT_FULL = (
        "It had to leave bridge '{bridge}', which takes up to {limit} participants at the same time by now."
    )
    SAME_NUMBER = "Bridges where it keeps its number come first."
    NO_ZONE = "Neither its systems nor its owner have an IP zone."
    NEAREST_ZONES = "The IP zones nearest to {zone} are, in this order: {nearest}."
    NOT_SOON = "It starts in more than {minutes} minutes, so it plays no part which bridges answer now."


@unique
class Refusal(ClientReason):
    """Why a bridge cannot take a conference."""

    DISABLED = "Bridge '{bridge}' is disabled."
    NO_DOMAIN = "Bridge '{bridge}' has no SIP domain."
    NO_NUMBERS = "Bridge '{bridge}' has no numbers."
    NO_NUMBER_FREE = "Bridge '{bridge}' has none of its {quantity} numbers free in this period."
    NO_ROOM = (
        "Bridge '{bridge}' takes up to {limit} participants at the same time, and with this conference there "
        "would be {count}."
    )
    MORE = "So it is with {count} more bridges."


@unique
class PassedOver(ReasonKind):
    """Why a bridge that could take a conference does not, because another one is better."""

    UNREACHABLE = "It cannot be reached now, and the chosen one can."
    OTHER_ZONE = "It is not in the IP zone {zone}, and the chosen one is."
    FARTHER_ZONE = "Its IP zone {other} is farther from {zone} than {chosen}, where the chosen one is."
    FAR_FROM_ZONE = "It is in no IP zone, and the chosen one is in {chosen}, which is near {zone}."
    LOWER_PRIORITY = "Its priority is {priority}, that of the chosen one {chosen}."
    BUSIER = "It has {count} conferences in this period, the chosen one {chosen}."
    HIGHER_LOAD = (
        "With this conference {share} percent of its room would be taken at the busiest moment, of the "
        "chosen one's {chosen}."
    )
    HIGHER_FOR_LIMIT = (
        "With this conference it would have {count} participants for its load limit of {limit}, the chosen "
        "one {chosen} for {chosen_limit}."
    )
    #: Of earlier versions.
    FULLER = "Others take {share} percent of its room in this period, of the chosen one's {chosen}."
    REGISTERED_LATER = "It is as good as the chosen one, which was registered before it."


@unique
class Chosen(ReasonKind):
    """Why a bridge takes a conference: what it is first in."""

    ONLY_ONE = "It is chosen with number {number}: no other bridge can take the conference."
    REACHABLE = "It is chosen with number {number}: it can be reached now."
    IN_ZONE = "It is chosen with number {number}: it is in the IP zone {zone}."
    NEAREST_ZONE = (
        "It is chosen with number {number}: of the bridges that can take the conference it is nearest to the "
        "IP zone {zone}, in {nearest}."
    )
    PRIORITY = "It is chosen with number {number}: its priority is the highest."
    LOWEST_LOAD = (
        "It is chosen with number {number}: with this conference the least of its room would be taken at the "
        "busiest moment, {share} percent."
    )
    LEAST_LOADED = "It is chosen with number {number}: it has the fewest conferences in this period, {count}."
    LOWEST_FOR_LIMIT = (
        "It is chosen with number {number}: by the load limits it would be loaded least, with {count} "
        "participants for a limit of {limit}."
    )
    #: Of earlier versions.
    MOST_ROOM = "It is chosen with number {number}: others take the least of its room, {share} percent."
    FIRST = "It is chosen with number {number}: no other is better, and it was registered first."


@unique
class Way(ReasonKind):
    """Why a participant connects as it does."""

    DIALLED = "The type {type} has the bridge dial at the start."
    GUEST_DIALLED = "It has no button to push, so the bridge dials at the start."
    RECORDER_DIALLED = "Nobody pushes a recorder's button, so the bridge dials at the start."
    DIALS_IN = "It is booked as a dial-in."
    BUTTON = "Somebody pushes the system's button."
    NO_ADDRESS = "It has no address that a bridge could dial."
    NOT_LAUNCHED = "The type {type} connects nobody by itself."
    STARTS = "It is the master: the conference starts when it dials in."
    WAITS_FOR_MASTER = "The bridge dials once the master has dialled in, or an operator connects everybody."
    DIALS_HOST = "Everybody dials the external host."
    CALLS = "It calls the other system."
    IS_CALLED = "The other system calls it, having no address itself."
    NO_BRIDGE = "There is no bridge."


@unique
class Unknown(ReasonKind):
    """What stands for a reason that this version does not know."""

    REASON = "Another version of tmsba had a reason {code} for it."


#: All reasons, by their codes with the names of their tables.
REASONS: Mapping[tuple[str, str], ReasonKind] = {
    (table.__name__, kind.code): kind
    for table in (NeedReason, ChoiceReason, Refusal, PassedOver, Chosen, Way)
    for kind in table
}
