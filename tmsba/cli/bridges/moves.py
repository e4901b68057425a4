"""``tmsba bridge move-conferences``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from tmsba.cli.bridges.values import find_bridge
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, show_table, warn

if TYPE_CHECKING:
    from tmsba.booking.route.moved import Moved
    from tmsba.domain.bridge.bridge import Bridge
    from tmsba.ports.work import UnitOfWork


@click.command("move-conferences")
@click.argument("name", metavar="FROM")
@click.option("--to", "target_name", metavar="TO", help="The bridge that gets them; any other by itself.")
@click.option("--yes", "is_meant", is_flag=True, help="Do it; otherwise it is only said what would be done.")
@click.pass_obj
def move_conferences(session: Session, name: str, target_name: str | None, is_meant: bool) -> None:
    """Give the conferences to come of the bridge called FROM another bridge.

    Each conference, or series, by itself: with its number, if another bridge has that free. Where the address
    to dial changes, clients learn it from the change log and owners by mail. What finds no place stays, and
    so does what is going on.
    """
    from tmsba.app import build_rerouting, utc_now
    from tmsba.control.upkeep.stranded import check_stranded
    from tmsba.domain.errors import TmsbaError
    from tmsba.domain.people.audit import AuditAction

    source = find_bridge(session, name)
    target = _target(session, source, target_name)
    if source.is_enabled:
        warn(f"{name} is not disabled, so new bookings may still get it: tmsba bridge set --disable.")
    rerouting = build_rerouting(session.config, session.store)
    act = rerouting.move if is_meant else rerouting.plan
    moved: list[Moved] = []
    for conference_id in rerouting.conferences(source):
        try:
            moved += act(conference_id, source, target)
        except TmsbaError as error:
            # Deleted in the meantime, or the store is too busy: the others go all the same.
            warn(f"conference {conference_id} was not moved: {error.message}")
    if not moved:
        click.echo(f"No conference to come is on {name}.")
        return
    _show(session, moved)
    told = _summary(moved)
    if is_meant:

        def note(uow: "UnitOfWork") -> None:
            session.note(uow, AuditAction.BRIDGE_LEFT, f"bridge {name}", told)

        session.write(note)
        check_stranded(session.store, utc_now, source)
        click.echo(f"Moved. {told}")
    else:
        click.echo(f"Nothing was changed; --yes does it. {told}")


def _target(session: Session, source: "Bridge", name: str | None) -> "Bridge | None":
    if name is None:
        return None
    target = find_bridge(session, name)
    if target.id == source.id:
        raise Problem("--to names the bridge that is to be left: give another one.")
    if not target.is_enabled or not target.has_numbers:
        raise Problem(f"{name} takes no conferences: it is disabled, or has no numbers.")
    return target


def _show(session: Session, moved: "Iterable[Moved]") -> None:
    with session.store.reading() as uow:
        names = {bridge.id: bridge.name for bridge in uow.bridges.all()}
    rows = []
    for one in moved:
        new = one.place
        to = f"stays: {new}" if isinstance(new, str) else f"{new.join_uri} ({names[new.bridge_id]})"
        rows.append((*about(one), to))
    show_table(("Conference", "Start", "Title", "From", "To"), rows)


def about(one: "Moved") -> tuple[object, ...]:
    """Which conference it is, when it starts, its title and the address that it had, as columns."""
    before, old = one.before, one.before.route
    start = f"{before.period.start:%Y-%m-%d %H:%M} UTC"
    return before.id, start, before.details.title, old.join_uri if old else ""


def _summary(moved: "Iterable[Moved]") -> str:
    entries = list(moved)
    staying = sum(isinstance(one.place, str) for one in entries)
    changed = sum(one.is_visible for one in entries)
    return f"Going: {len(entries) - staying}, of these with another address: {changed}. Staying: {staying}."
