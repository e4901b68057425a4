"""Lines of the audit log, written in the unit of work of the change that they tell of."""

from datetime import datetime

from tmsba.domain.people.audit import AuditAction, AuditEntry
from tmsba.domain.people.users import Caller
from tmsba.ports.work import UnitOfWork


def note(
    uow: UnitOfWork, caller: Caller, now: datetime, action: AuditAction, subject: str, detail: str = ""
) -> None:
    """Write down what a caller changed.

    Args:
        uow: the unit of work that changes it.
        caller: who.
        now: the present, aware.
        action: what happened.
        subject: to what.
        detail: what is new about it, without secrets.
    """
    entry = AuditEntry(
        at=now,
        who=caller.user.full_name,
        origin=caller.address,
        action=action,
        subject=subject,
        detail=detail,
    )
    uow.audit.append(entry)
