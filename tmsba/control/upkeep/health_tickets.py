"""What a look at a bridge means for its tickets."""

from dataclasses import dataclass

from tmsba.cms.wire.errors import BridgeError, CredentialsRefused
from tmsba.control.bridge.inspection import Inspection
from tmsba.control.bridge.registration import check_settings
from tmsba.control.work.tickets import (
    ALARM,
    ALTERNATE,
    CLUSTER,
    CONNECTION,
    CREDENTIALS,
    DIAL_PLAN,
    FAILOVER,
    LICENCE,
    bridge_subject,
    sync_tickets,
)
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.clusters import Membership, in_same_cluster, no_second_node
from tmsba.domain.bridge.health import BridgeAddress, BridgeAlarm, BridgeHealth
from tmsba.ports.work import Clock, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthTickets:
    """Opens and closes the tickets of one address of a bridge."""

    store: Store
    clock: Clock
    bridge: Bridge
    #: As the look before found it.
    before: BridgeHealth

    @property
    def _is_main(self) -> bool:
        return self.before.address is BridgeAddress.MAIN

    def after_failure(self, after: BridgeHealth, error: BridgeError) -> None:
        """The bridge did not answer, or refused us. What it told before is neither better nor worse."""
        if after.is_reachable:
            return
        if not self._is_main:
            self._sync({ALTERNATE: f"The alternate address cannot be used. {error}"}, ALTERNATE)
        elif isinstance(error, CredentialsRefused):
            text = f"{error} Give the right ones with 'tmsba bridge set --username --password-stdin'."
            self._sync({CREDENTIALS: text}, CONNECTION, CREDENTIALS)
        else:
            self._sync({CONNECTION: str(error)}, CONNECTION, CREDENTIALS)

    def after_success(self, after: BridgeHealth, found: Inspection) -> None:
        """The bridge answered."""
        if not self._is_main:
            self._sync({}, ALTERNATE)
            return
        check_settings(self.store, self.clock, self.bridge)
        wanted = {f"{ALARM}{alarm.kind}": _alarm_text(alarm) for alarm in after.report.alarms}
        if after.report.licence_trouble:
            wanted[LICENCE] = after.report.licence_trouble
        if after.report.dial_plan_trouble:
            wanted[DIAL_PLAN] = after.report.dial_plan_trouble
        ours = [CREDENTIALS, LICENCE, DIAL_PLAN, FAILOVER]
        if found.is_whole:
            ours.append(CLUSTER)
            if other := self._other_node(found):
                wanted[CLUSTER] = no_second_node(self.bridge.url, other)
        # A job may have opened this one for a request of its own, and closes it when that succeeds.
        if self.before.failures or not self.before.is_reachable:
            ours.append(CONNECTION)
        if not self.bridge.alternate_url:
            ours.append(ALTERNATE)
        self._sync(wanted, *ours, has_alarms=True)

    def _other_node(self, found: Inspection) -> Bridge | None:
        """The bridge that was registered before this one and is a node of the same cluster."""
        with self.store.reading() as uow:
            earlier = [one for one in uow.bridges.memberships() if one.bridge.id < self.bridge.id]
        its = Membership(bridge=self.bridge, cluster_id=found.cluster_id, nodes=found.nodes or ())
        return in_same_cluster(its, earlier)

    def _sync(self, wanted: dict[str, str], *ours: str, has_alarms: bool = False) -> None:
        def is_ours(kind: str) -> bool:
            return kind in ours or (has_alarms and kind.startswith(ALARM))

        sync_tickets(self.store, self.clock, bridge_subject(self.bridge.name), wanted, is_ours)


def _alarm_text(alarm: BridgeAlarm) -> str:
    reason = f" ({alarm.reason})" if alarm.reason else ""
    return f"The bridge reports the alarm {alarm.kind}{reason}."
