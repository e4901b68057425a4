"""What was refused goes to the audit log, but a storm of refusals does not.

The first refusal of a kind is written down at once; of those that follow within a minute the 10th, the 100th,
the 1000th and so on, each with its number. So the log shows how many there were without a row for each, and
a caller who is refused a million times an hour costs a few rows a minute. What is counted is in the memory of
each process, and bounded as well.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from tmsba.domain.errors import NoAccessToConference, PermissionMissing, SystemNotAllowed, TmsbaError
from tmsba.domain.people.audit import AuditAction, AuditEntry
from tmsba.domain.people.users import Caller
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, StoreConflict

#: The errors that say that a caller may not do something.
REFUSALS = (PermissionMissing, NoAccessToConference, SystemNotAllowed)

#: Refusals of a kind that follow within this time are counted together.
WINDOW = timedelta(minutes=1)

#: So many kinds are told apart at once; those of further callers share one count.
MOST_KINDS = 60

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Count:
    since: datetime
    number: int = 0


@dataclass(slots=True)
class Repeats:
    """Tells which repetitions of something are worth a row; belongs to one process."""

    _counts: "OrderedDict[tuple[str, ...], _Count]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, kind: tuple[str, ...], now: datetime) -> tuple[int, bool]:
        """Count one of this kind.

        Returns:
            How many there were within the window, or 0 when that says nothing new; and whether kinds
            are no longer told apart, for there are too many.
        """
        with self._lock:
            while self._counts and now - next(iter(self._counts.values())).since >= WINDOW:
                self._counts.popitem(last=False)
            is_crowded = kind not in self._counts and len(self._counts) >= MOST_KINDS
            one = self._counts.setdefault(() if is_crowded else kind, _Count(now))
            one.number += 1
            return (one.number if _is_power_of_ten(one.number) else 0), is_crowded


def _is_power_of_ten(number: int) -> bool:
    return str(number).rstrip("0") == "1"


@dataclass(frozen=True, slots=True)
class RefusalLog:
    """Writes refusals to the audit log; never fails, for the caller waits for another answer."""

    store: Store
    clock: Clock
    _repeats: Repeats = field(default_factory=Repeats)

    def refused(self, caller: Caller, operation: str, error: TmsbaError) -> None:
        """A caller may not do what was asked for; other errors are passed by.

        Args:
            caller: who asked.
            operation: for what, by the name of the contract.
            error: what the caller is told.
        """
        if isinstance(error, REFUSALS):
            kind = (caller.user.full_name, caller.address, operation, error.name)
            self._write(AuditAction.ACCESS_REFUSED, kind, f"{error.name}: {error.message}")

    def login_failed(self, account_name: str, address: str, reason: str = "") -> None:
        """Somebody was not let in: the name is unknown, the password wrong, or the account switched off.

        Args:
            account_name: as it was sent.
            address: the network address it came from.
            reason: why; for administrators, never for the client.
        """
        self._write(AuditAction.LOGIN_FAILED, (account_name, address, "log-in"), reason)

    def _write(self, action: AuditAction, kind: tuple[str, ...], detail: str) -> None:
        now = self.clock()
        number, is_crowded = self._repeats.count((action.value, *kind), now)
        if not number:
            return
        who, origin, subject = kind[:3]
        if is_crowded:
            detail = f"and others; {MOST_KINDS} kinds of refusals within a minute. {detail}".strip()
        entry = AuditEntry(
            at=now, who=who, origin=origin, action=action, subject=subject, detail=detail, count=number
        )
        try:
            write(self.store, lambda uow: uow.audit.append(entry))
        except (TmsbaError, StoreConflict) as error:
            _log.warning("audit.not_written", action=action.value, reason=str(error))
