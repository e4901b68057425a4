"""``tmsba conference``."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tmsba.cli.common.problems import Problem, sentence
from tmsba.cli.common.session import Session, origin, show_table
from tmsba.cli.conferences.show import show_conference
from tmsba.cli.people.memberships import find_account

if TYPE_CHECKING:
    from tmsba.booking.api import Booking
    from tmsba.domain.people.users import Caller

#: More requests than this are not listed at once.
_MOST_LISTED = 1000

_BY = click.option(
    "--by", "user", required=True, metavar="USER", help="Who decides; needs the permission 'Approve Meeting'."
)
_FOR = click.option(
    "--by", "user", required=True, metavar="USER", help="In whose name; may change the conference."
)


@click.group()
def conference() -> None:
    """Conferences: what goes on in them, and those that wait for somebody to decide, connect or extend."""


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


@conference.command("connect")
@click.argument("conference_id", type=int, metavar="ID")
@_FOR
@click.pass_obj
def connect(session: Session, conference_id: int, user: str) -> None:
    """Have everybody dialled of an ongoing conference that connects nobody by itself."""
    booking, caller = _desk(session, user)
    booking.connect(caller, conference_id)
    click.echo(f"The participants of conference {conference_id} are being dialled.")


@conference.command("extend")
@click.argument("conference_id", type=int, metavar="ID")
@click.option(
    "--minutes", type=click.IntRange(1, 24 * 60), default=15, show_default=True, metavar="M", help="How much."
)
@_FOR
@click.pass_obj
def extend(session: Session, conference_id: int, minutes: int, user: str) -> None:
    """Let an ongoing conference last longer, if its systems and its number are free."""
    booking, caller = _desk(session, user)
    end = booking.extend(caller, conference_id, timedelta(minutes=minutes))
    click.echo(f"Conference {conference_id} ends at {end:%Y-%m-%d %H:%M} UTC.")


def _desk(session: Session, user: str) -> "tuple[Booking, Caller]":
    """The use cases, and who decides."""
    from tmsba.app import build_booking

    with session.store.reading() as uow:
        try:
            account = find_account(uow, user)
        except LookupError as error:
            raise Problem(sentence(str(error))) from error
    return build_booking(session.config, session.store), account.caller(origin())
