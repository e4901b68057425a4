"""``tmsba audit``."""

from datetime import UTC, datetime, timedelta

import click

from tmsba.cli.common.session import Session, show_table
from tmsba.domain.people.audit import AuditAction, AuditFilter
from tmsba.ports.work import UnitOfWork

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"])


@click.group()
def audit() -> None:
    """The audit log: who changed what, and what was refused."""


@audit.command("list")
@click.option("--since", type=_MOMENT, help="From this day or time on, in UTC.")
@click.option("--until", type=_MOMENT, help="Before this day or time, in UTC.")
@click.option("--who", default="", metavar="W", help="Part of a name.")
@click.option("--action", type=click.Choice([action.value for action in AuditAction]))
@click.option("--subject", default="", metavar="S", help="Part of what was changed, such as 'system 7'.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, metavar="N")
@click.pass_obj
def list_audit(
    session: Session,
    since: datetime | None,
    until: datetime | None,
    who: str,
    action: str | None,
    subject: str,
    limit: int,
) -> None:
    """List the newest entries, newest first."""
    wanted = AuditFilter(
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
        who=who,
        action=AuditAction(action) if action else None,
        subject=subject,
    )
    with session.store.reading() as uow:
        found = uow.audit.find(wanted, limit=limit)
    rows = [
        (
            f"{one.at:%Y-%m-%d %H:%M:%S} UTC",
            one.who,
            one.origin,
            one.action.value,
            one.subject,
            one.detail,
            one.count,
        )
        for one in found
    ]
    show_table(("When", "Who", "From", "Action", "Subject", "Detail", "Count"), rows)


@audit.command("prune")
@click.option("--older-than", "days", type=click.IntRange(1, 36_500), required=True, metavar="DAYS")
@click.pass_obj
def prune(session: Session, days: int) -> None:
    """Delete entries that are older than so many days; the log says that it was done."""
    from tmsba.app import utc_now

    before = utc_now() - timedelta(days=days)

    def work(uow: UnitOfWork) -> int:
        gone = uow.audit.prune(before)
        session.note(
            uow, AuditAction.AUDIT_PRUNED, f"entries before {before:%Y-%m-%d %H:%M} UTC", f"{gone} gone"
        )
        return gone

    click.echo(f"Deleted {session.write(work)} entries from before {before:%Y-%m-%d %H:%M} UTC.")
