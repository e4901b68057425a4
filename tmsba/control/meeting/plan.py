"""What to do on a bridge: wanted against seen gives actions. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tmsba.cms.model import Call, CallLeg
from tmsba.ports.live import LiveLeg


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """Which call legs to start, to note down and to hang up."""

    #: Addresses to dial, in the order of the participants.
    dial: tuple[str, ...] = ()
    #: Legs that are on the bridge although we have no note of them: an answer was lost.
    adopt: tuple[LiveLeg, ...] = ()
    #: Legs of participants who are no longer booked.
    hang_up: tuple[LiveLeg, ...] = ()


def same_address(one: str, other: str) -> bool:
    """Whether two spellings name the same remote party: a scheme and letter case do not matter."""
    return _bare(one) == _bare(other)


def is_one_of(address: str, own: Iterable[str]) -> bool:
    """Whether an address is one of somebody's own, in any spelling."""
    return any(same_address(address, one) for one in own)


def _bare(address: str) -> str:
    lowered = address.strip().lower()
    for scheme in ("sips:", "sip:", "tel:", "h323:"):
        lowered = lowered.removeprefix(scheme)
    return lowered


def plan_legs(
    wanted: Sequence[str],
    noted: Sequence[LiveLeg],
    seen: Iterable[CallLeg],
    *,
    booked: Sequence[str] | None = None,
) -> LegPlan:
    """Compare the participants to be dialled with the legs we started and those on the bridge.

    Somebody whom we dialled before is not dialled again: whoever hung up wanted to leave.

    Args:
        wanted: addresses to dial, one for each participant; the same address may stand there twice.
        noted: the legs we know we started.
        seen: the call's legs on the bridge.
        booked: addresses of all who take part, where not all of them are to be dialled.
    """
    noted_ids = {leg.call_leg_id for leg in noted}
    unnoted = [leg for leg in seen if leg.id not in noted_ids and leg.remote_party]
    started = Counter(_bare(leg.remote_party) for leg in noted)
    dial, adopt = [], []
    for address in wanted:
        if started[_bare(address)] > 0:
            started[_bare(address)] -= 1
            continue
        found = next((leg for leg in unnoted if same_address(leg.remote_party or "", address)), None)
        if found is None:
            dial.append(address)
        else:
            unnoted.remove(found)
            adopt.append(
                LiveLeg(remote_party=address, call_leg_id=found.id, is_participant=found.is_participant)
            )
    return LegPlan(
        dial=tuple(dial), adopt=tuple(adopt), hang_up=_unwanted(wanted if booked is None else booked, noted)
    )


def _unwanted(wanted: Sequence[str], noted: Sequence[LiveLeg]) -> tuple[LiveLeg, ...]:
    still = Counter(_bare(address) for address in wanted)
    unwanted = []
    for leg in noted:
        if still[_bare(leg.remote_party)] > 0:
            still[_bare(leg.remote_party)] -= 1
        else:
            unwanted.append(leg)
    return tuple(unwanted)


def find_call(calls: Sequence[Call], known_id: str | None) -> str | None:
    """The call to go on with: the one we know when it is still there, else any that is in the space."""
    ids = [call.id for call in calls]
    if known_id in ids:
        return known_id
    return ids[0] if ids else None
