"""``tmsba licence``."""

from collections.abc import Mapping

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, show_table, warn
from tmsba.domain.licensing.option_keys import KeyKind, Licences
from tmsba.domain.people.audit import AuditAction
from tmsba.ports.work import UnitOfWork

_KIND = click.Choice([kind.value for kind in KeyKind])
_COUNT = click.option("--count", type=int, default=1, show_default=True, metavar="N", help="How many keys.")


@click.group()
def licence() -> None:
    """Option keys: who may book through the API.

    A key of application-integration is for one client, one of the other kinds for 25 systems. With both only
    those of clients count. Without any key nobody can book.
    """


@licence.command("add")
@click.argument("kind", type=_KIND)
@_COUNT
@click.pass_obj
def add_licence(session: Session, kind: str, count: int) -> None:
    """Add option keys of a kind to those there are; they count at once."""
    from tmsba.app import utc_now
    from tmsba.booking.clients.licences import add_keys

    _check(count, "added")

    def work(uow: UnitOfWork) -> int:
        session.note(uow, AuditAction.OPTION_KEY_CHANGED, kind, f"{count} more")
        return add_keys(uow, KeyKind(kind), count, utc_now())

    total = session.write(work)
    click.echo(f"There are now {total} of {kind}.")


@licence.command("remove")
@click.argument("kind", type=_KIND)
@_COUNT
@click.pass_obj
def remove_licence(session: Session, kind: str, count: int) -> None:
    """Take option keys away; who holds a licence keeps it, but nobody gets one until enough are free."""
    _check(count, "removed")

    def work(uow: UnitOfWork) -> None:
        uow.option_keys.remove(kind, count)
        session.note(uow, AuditAction.OPTION_KEY_CHANGED, kind, f"{count} fewer")

    session.write(work)
    with session.store.reading() as uow:
        left = uow.option_keys.all()
    click.echo(f"There are now {left.get(kind, 0)} of {kind}.")
    warn_without_licences(left)


@licence.command("list")
@click.pass_obj
def list_licences(session: Session) -> None:
    """List the option keys, the licences they make and how many are taken.

    The kinds that are for systems share what is taken.
    """
    from tmsba.app import utc_now

    with session.store.reading() as uow:
        found = uow.option_keys.all()
        held = {one.licence for one in uow.sessions.active(utc_now()) if one.licence}
        systems = uow.systems.with_licences()
    licences = Licences.of(found)
    rows: list[tuple[str, int, str, int | str]] = []
    for kind in [kind for kind in KeyKind if found.get(kind)]:
        allowed = kind.licences(found[kind])
        if kind is KeyKind.APPLICATION_INTEGRATION:
            rows.append((kind.value, found[kind], f"{allowed} clients", len(held)))
        else:
            taken = "void" if licences.are_of_clients else systems
            rows.append((kind.value, found[kind], f"{allowed} systems", taken))
    show_table(("Kind", "Keys", "Licences", "Taken"), rows)
    warn_without_licences(found)


def _check(count: int, what: str) -> None:
    if count < 1:
        raise Problem(f"{count} option keys cannot be {what}: give a --count of 1 or more.")


def warn_without_licences(keys: Mapping[str, int]) -> None:
    """Say so when there are no option keys, given the number of each kind."""
    if Licences.of(keys).are_none:
        warn("there is no option key, so nobody can book: add one with tmsba licence add.")
