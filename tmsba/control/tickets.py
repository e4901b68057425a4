"""Tickets about bridges and conferences."""

from tmsba.booking.ports import Clock, Store
from tmsba.booking.work import write

CONNECTION = "connection"
SETUP = "setup"
LAUNCH = "launch"


def bridge_subject(name: str) -> str:
    """What a ticket about a bridge is about."""
    return f"bridge {name}"


def conference_subject(conference_id: int) -> str:
    """What a ticket about a conference is about."""
    return f"conference {conference_id}"


def mail_server_subject(host: str) -> str:
    """What a ticket about the mail server is about."""
    return f"mail server {host}"


def open_ticket(store: Store, clock: Clock, subject: str, kind: str, text: str) -> bool:
    """Open a ticket, or renew the text of the open one; whether it is new."""
    return write(store, lambda uow: uow.tickets.open(subject, kind, text, clock()))


def close_ticket(store: Store, clock: Clock, subject: str, kind: str) -> None:
    """Close a ticket when one is open; looks first, because most often none is."""
    with store.reading() as uow:
        is_open = any(t.subject == subject and t.kind == kind for t in uow.tickets.all())
    if is_open:
        write(store, lambda uow: uow.tickets.close(subject, kind, clock()))
