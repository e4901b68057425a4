"""Take in call detail records of a bridge.

They only hurry: a conference in which something changed is looked at soon, and why a call leg ended is noted.
What is true is what the look finds, so a record that gets lost costs nothing but time.

Source: CMS API reference, 10.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tmsba.domain.bridge.call_records import CALL_KINDS, LEG_END, CallRecord, RecordSession, sort_out
from tmsba.ports.outbox import JobKind
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

#: How long a look waits for more records, so that a crowd that comes together is looked at once.
_COLLECT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of records, in numbers for the log."""

    received: int
    duplicates: int
    missing: int
    conferences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecords:
    """The use case of the receiver of call detail records."""

    store: Store
    clock: Clock

    def take(self, bridge_id: int, session_id: str, records: Sequence[CallRecord]) -> Taken | None:
        """Take in what a bridge sent at once; may be repeated with the same records.

        Args:
            bridge_id: whose records they are.
            session_id: the run of the bridge.
            records: in the bridge's order.

        Returns:
            What came of them; ``None`` when there is no such bridge any more.

        Raises:
            DatabaseDown, ServerBusy: the bridge should send them again.
        """
        return write(self.store, lambda uow: self._take(uow, bridge_id, session_id, records))

    def _take(
        self, uow: UnitOfWork, bridge_id: int, session_id: str, records: Sequence[CallRecord]
    ) -> Taken | None:
        if uow.bridges.get(bridge_id) is None:
            return None
        now = self.clock()
        before = uow.record_sessions.locked(bridge_id, session_id, now)
        after, fresh = sort_out(before, records, now)
        uow.record_sessions.put(after)
        touched = self._note(uow, bridge_id, [one for one in fresh if one.kind in CALL_KINDS])
        return _taken(before, after, touched)

    def _note(self, uow: UnitOfWork, bridge_id: int, records: Sequence[CallRecord]) -> int:
        """Note why call legs ended and hurry the looks at their conferences; how many those are."""
        if not records:
            return 0
        calls = {one.call_id for one in records if one.call_id}
        legs = {one.call_leg_id for one in records if one.call_leg_id}
        by_call, by_leg = uow.live.conferences_of(bridge_id, calls, legs)
        reasons = {
            leg_id: (by_leg[leg_id], one.reason)
            for one in records
            if one.kind == LEG_END and one.reason and (leg_id := one.call_leg_id) and leg_id in by_leg
        }
        uow.live.put_reasons(reasons)
        touched = by_call | set(by_leg.values())
        if touched:
            uow.outbox.hurry(touched, JobKind.TEND, self.clock() + _COLLECT)
        return len(touched)


def _taken(before: RecordSession, after: RecordSession, conferences: int) -> Taken:
    return Taken(
        received=after.received - before.received,
        duplicates=after.duplicates - before.duplicates,
        missing=after.missing - before.missing,
        conferences=conferences,
    )
