"""``tmsba conference``."""

from typing import TYPE_CHECKING

import click

from tmsba.cli.conference_show import show_conference
from tmsba.cli.memberships import find_account
from tmsba.cli.problems import Problem, sentence
from tmsba.cli.session import Session, origin, show_table

if TYPE_CHECKING:
    from tmsba.booking.api import Booking
    from tmsba.domain.people import Caller

#: More requests than this are not listed at once.
_MOST_LISTED = 1000

_BY = click.option(
    "--by", "user", required=True, metavar="USER", help="Who decides; needs the permission 'Approve Meeting'."
)


@click.group()
def conference() -> None:
    """Conferences: what goes on in them, and those that somebody has asked for."""


conference.add_command(show_conference)


@conference.command("requests")
@click.pass_obj
def list_requests(session: Session) -> None:
    """List the meeting requests that wait for approval and are not over."""
    from tmsba.app import utc_now

    with session.store.reading() as uow:
        found = uow.conferences.requests(utc_now(), limit=_MOST_LISTED)
        owners = uow.users.many({one.owner_id for one in found})
    rows = [
        (
            one.id,
            f"{one.period.start:%Y-%m-%d %H:%M} UTC",
            f"{one.period.end:%Y-%m-%d %H:%M} UTC",
            one.details.title,
            owners[one.owner_id].full_name,
            "Yes" if one.series else "No",
        )
        for one in found
    ]
    show_table(("Id", "Start", "End", "Title", "Owner", "Of a series"), rows)


@conference.command("approve")
@click.argument("conference_id", type=int, metavar="ID")
@_BY
@click.pass_obj
def approve(session: Session, conference_id: int, user: str) -> None:
    """Book a meeting request, a series as a whole; or say what is in its way."""
    booking, caller = _desk(session, user)
    booking.approve(caller, conference_id)
    click.echo(f"Conference {conference_id} is approved and booked.")


@conference.command("reject")
@click.argument("conference_id", type=int, metavar="ID")
@_BY
@click.pass_obj
def reject(session: Session, conference_id: int, user: str) -> None:
    """Reject a meeting request, a series as a whole."""
    booking, caller = _desk(session, user)
    booking.reject(caller, conference_id)
    click.echo(f"Conference {conference_id} is rejected.")


def _desk(session: Session, user: str) -> "tuple[Booking, Caller]":
    """The use cases, and who decides."""
    from tmsba.app import build_booking

    with session.store.reading() as uow:
        try:
            account = find_account(uow, user)
        except LookupError as error:
            raise Problem(sentence(str(error))) from error
    return build_booking(session.config, session.store), account.caller(origin())
