"""``tmsba sessions``."""

from datetime import datetime

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, show_table
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.people.audit import AuditAction
from tmsba.ports.work import UnitOfWork


@click.group()
def sessions() -> None:
    """Sessions of the clients that book, and the licences they hold."""


@sessions.command("list")
@click.pass_obj
def list_sessions(session: Session) -> None:
    """List the Active Application Integration Clients.

    Sessions with the same number share a licence: the one replaces the other.
    """
    from tmsba.app import utc_now

    with session.store.reading() as uow:
        active = uow.sessions.active(utc_now())
        users = uow.users.many({one.user_id for one in active})
        are_taken = Licences.of(uow.option_keys.all()).are_of_clients
    numbers: dict[str, int] = {}
    rows = [
        (
            one.address,
            one.id,
            users[one.user_id].full_name,
            _moment(one.first_used_at),
            _moment(one.last_used_at),
            _moment(one.expires_at),
            numbers.setdefault(one.licence, len(numbers) + 1) if one.licence and are_taken else "none",
        )
        for one in active
    ]
    moments = ("Since (UTC)", "Last used (UTC)", "Expires (UTC)")
    show_table(("Network address", "Client session", "User", *moments, "Licence"), rows)


@sessions.command("end")
@click.argument("session_id", metavar="ID")
@click.pass_obj
def end_session(session: Session, session_id: str) -> None:
    """End a client session: its licence is free at once, and its id is refused as expired."""
    from tmsba.app import utc_now

    def work(uow: UnitOfWork) -> bool:
        is_ended = uow.sessions.end(session_id, utc_now())
        if is_ended:
            session.note(uow, AuditAction.SESSION_ENDED, f"client session {session_id}")
        return is_ended

    if not session.write(work):
        raise Problem(f"There is no active client session {session_id}: tmsba sessions list shows the ids.")
    click.echo(f"Client session {session_id} is over.")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
