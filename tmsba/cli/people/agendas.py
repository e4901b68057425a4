"""``tmsba system agenda``."""

from datetime import timedelta

import click

from tmsba.cli.common.session import Session, show_table

_LONGEST_HOURS = 24 * 31


@click.command("agenda")
@click.argument("system_id", type=int, metavar="ID")
@click.option(
    "--hours",
    type=click.IntRange(1, _LONGEST_HOURS),
    default=72,
    show_default=True,
    metavar="H",
    help="How far to look ahead.",
)
@click.option("--xml", "is_xml", is_flag=True, help="In the form that Cisco's room systems take.")
@click.pass_obj
def show_agenda(session: Session, system_id: int, hours: int, is_xml: bool) -> None:
    """Show a system's meetings: when, how the room joins, and what it dials."""
    from tmsba.app import utc_now
    from tmsba.booking.view.agenda import agenda
    from tmsba.rooms.bookings import bookings_xml

    now = utc_now()
    with session.store.reading() as uow:
        entries = agenda(uow, system_id, now, ahead=timedelta(hours=hours))
    if is_xml:
        click.echo(bookings_xml(entries, now), nl=False)
        return
    rows = [
        (
            entry.conference.id,
            f"{entry.conference.period.start:%Y-%m-%d %H:%M} UTC",
            f"{entry.conference.period.end:%Y-%m-%d %H:%M} UTC",
            entry.title,
            entry.launch.value,
            entry.number,
        )
        for entry in entries
    ]
    show_table(("Id", "Start", "End", "Title", "Joins", "Number"), rows)
