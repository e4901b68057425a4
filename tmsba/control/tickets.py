"""Tickets about bridges and conferences."""

from tmsba.booking.ports import Clock, Store

CONNECTION = "connection"
SETUP = "setup"
LAUNCH = "launch"


def bridge_subject(name: str) -> str:
    """What a ticket about a bridge is about."""
    return f"bridge {name}"


def conference_subject(conference_id: int) -> str:
    """What a ticket about a conference is about."""
    return f"conference {conference_id}"


def open_ticket(store: Store, clock: Clock, subject: str, kind: str, text: str) -> bool:
    """Open a ticket, or renew the text of the open one; whether it is new."""
    with store.writing() as uow:
        is_new = uow.tickets.open(subject, kind, text, clock())
        uow.commit()
        return is_new


def close_ticket(store: Store, clock: Clock, subject: str, kind: str) -> None:
    """Close a ticket when one is open; looks first, because most often none is."""
    with store.reading() as uow:
        is_open = any(t.subject == subject and t.kind == kind for t in uow.tickets.all())
    if is_open:
        with store.writing() as uow:
            uow.tickets.close(subject, kind, clock())
            uow.commit()
