"""Whether the dial plan of a bridge has the rules that conferences need."""

from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.dial_plan import DialPlan, dial_plan_trouble
from tmsba.ports.work import Store


def check_dial_plan(store: Store, bridge: Bridge, plan: DialPlan | None) -> str:
    """Which rules are missing, as sentences; blank for none, and for a bridge that does not tell."""
    if plan is None:
        return ""
    with store.reading() as uow:
        domains = uow.systems.dialled_domains()
    return dial_plan_trouble(plan, bridge.domain, bridge.numeric_id_base, domains)
