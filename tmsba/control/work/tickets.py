"""Tickets about bridges and conferences."""

from collections.abc import Callable, Mapping

from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

CONNECTION = "connection"
SETUP = "setup"
#: Opened by earlier versions: spaces that must be made anew while there are calls in them.
SPACES = "spaces"
#: Somebody else's space has a number of ours; each number has a kind of its own, such as ``space 7``.
SPACE = "space "
LAUNCH = "launch"
CREDENTIALS = "credentials"
ALTERNATE = "alternate address"
#: Conferences are held at another address than the main one.
FAILOVER = "failover"
#: Conferences to come are booked on a bridge that is disabled.
STRANDED = "conferences"
LICENCE = "licence"
DIAL_PLAN = "dial plan"
CLUSTER = "cluster"
NAME = "name"
NUMBERS = "numbers"
#: Alarms of a bridge have a kind for each of theirs, such as ``alarm recorderUnavailable``.
ALARM = "alarm "


#: What a bridge must be told before it can be booked. Source: integration guide, Configure.
NAME_IS_BLANK = (
    "Blank system name: nobody has named this bridge yet. Name it with 'tmsba bridge set NAME --name'."
)
NUMBERS_ARE_MISSING = (
    "Dial number configuration error: domain, numeric id base and numeric id quantity are not set. Until "
    "'tmsba bridge set' gives all three, no conference is routed to this bridge."
)


def bridge_subject(name: str) -> str:
    """What a ticket about a bridge is about."""
    return f"bridge {name}"


def conference_subject(conference_id: int) -> str:
    """What a ticket about a conference is about."""
    return f"conference {conference_id}"


def space_kind(number: int) -> str:
    """The kind of a ticket about somebody else's space that has a number of ours."""
    return f"{SPACE}{number}"


def mail_server_subject(host: str) -> str:
    """What a ticket about the mail server is about."""
    return f"mail server {host}"


def open_ticket(store: Store, clock: Clock, subject: str, kind: str, text: str) -> bool:
    """Open a ticket, or renew the text of the open one; whether it is new."""
    return write(store, lambda uow: uow.tickets.open(subject, kind, text, clock()))


def close_ticket(store: Store, clock: Clock, subject: str, kind: str) -> None:
    """Close a ticket when one is open; looks first, because most often none is."""
    with store.reading() as uow:
        is_open = any(ticket.kind == kind for ticket in uow.tickets.open_about(subject))
    if is_open:
        write(store, lambda uow: uow.tickets.close(subject, kind, clock()))


def sync_tickets(
    store: Store, clock: Clock, subject: str, wanted: Mapping[str, str], is_ours: Callable[[str], bool]
) -> None:
    """Have exactly the wanted tickets open, among those whose kind is ours to open and close.

    Args:
        store: where tickets are.
        clock: the present.
        subject: what all of them are about.
        wanted: texts by kind.
        is_ours: whether a kind is ours.
    """
    with store.reading() as uow:
        found = {t.kind: t.text for t in uow.tickets.open_about(subject) if is_ours(t.kind)}
    changed = {kind: text for kind, text in wanted.items() if found.get(kind) != text}
    over = found.keys() - wanted.keys()
    if not changed and not over:
        return

    def work(uow: UnitOfWork) -> None:
        now = clock()
        for kind, text in changed.items():
            uow.tickets.open(subject, kind, text, now)
        for kind in over:
            uow.tickets.close(subject, kind, now)

    write(store, work)
