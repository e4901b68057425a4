"""``tmsba conference show``."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tmsba.cli.common.session import Session
from tmsba.cli.conferences.picture import Picture, take_picture, values
from tmsba.domain.conference.live import ConferenceEvent

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from tmsba.cms.model import CallLegStatus

#: Seconds between two pictures of ``--watch``.
_EVERY_S = 5.0
#: How many events people see; ``--json`` has all that are kept.
_MOST_EVENTS = 20
#: And how many where the screen must hold everything.
_FEW_EVENTS = 5
_STYLES = {"connected": "green", "onHold": "yellow", "ringing": "yellow", "initial": "yellow"}


@click.command("show")
@click.argument("conference_id", type=int, metavar="ID")
@click.option("--live", "is_live", is_flag=True, help="Ask the bridge itself, now.")
@click.option("--json", "is_json", is_flag=True, help="For programs: everything, as JSON.")
@click.option(
    "--watch",
    "is_watched",
    is_flag=True,
    help="Show it anew every few seconds, until the conference is over.",
)
@click.pass_obj
def show_conference(
    session: Session, conference_id: int, is_live: bool, is_json: bool, is_watched: bool
) -> None:
    """Show a conference: where it is, who is in it and what has happened.

    Without --live it is what the control worker saw last, at most half a minute ago while the conference
    goes on.
    """

    def take() -> Picture:
        return take_picture(session, conference_id, is_live=is_live)

    if is_watched and not is_json:
        _watch(take)
        return
    while True:
        picture = take()
        _show(picture, is_json=is_json, indent=None if is_watched else 2)
        if not is_watched or picture.is_over:
            return
        time.sleep(_EVERY_S)


def _watch(take: Callable[[], Picture]) -> None:
    from rich.live import Live

    picture = take()
    with Live(_rendered(picture, _FEW_EVENTS), auto_refresh=False) as screen:
        while not picture.is_over:
            time.sleep(_EVERY_S)
            picture = take()
            screen.update(_rendered(picture, _FEW_EVENTS), refresh=True)


def _show(picture: Picture, *, is_json: bool, indent: int | None) -> None:
    from rich.console import Console

    if is_json:
        click.echo(json.dumps(values(picture), indent=indent, ensure_ascii=False))
    else:
        Console().print(_rendered(picture))


def _rendered(picture: Picture, events: int = _MOST_EVENTS) -> "RenderableType":
    from rich.console import Group

    parts: list[RenderableType] = [_facts(picture)]
    if picture.view or picture.absent:
        parts.append(_people(picture))
    if picture.events:
        parts.append(_events(picture.events[-events:]))
    return Group(*parts)


def _facts(picture: Picture) -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=escape(f"{picture.conference.id} {picture.conference.details.title}"),
        title_justify="left",
        box=box.SIMPLE,
        show_header=False,
        pad_edge=False,
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text, style in _rows(picture):
        if text:
            table.add_row(name, escape(text), style=style)
    return table


def _rows(picture: Picture) -> list[tuple[str, str, str]]:
    """Name, value and style; blank values are left out."""
    conference, noted, view = picture.conference, picture.noted, picture.view
    route = conference.route
    by = "by the bridge, asked for this" if picture.is_live else "by a control worker"
    return [
        ("State", picture.status.value, ""),
        ("Period", f"{_moment(conference.period.start)} to {_moment(conference.period.end)}", ""),
        ("Bridge", picture.bridge, ""),
        ("Number", str(route.number) if route else "", ""),
        ("Address", route.join_uri if route else "", ""),
        ("Call", (noted.call_id or "") if noted and noted.closed_at is None else "", ""),
        ("Opened", _moment(noted.opened_at) if noted and noted.opened_at else "", ""),
        ("Closed", _moment(noted.closed_at) if noted and noted.closed_at else "", ""),
        ("Seen", f"{_moment(view.seen_at)} {by}" if view else "", ""),
        ("", "nobody looks at it any more: does a control worker run?" if picture.is_old else "", "red"),
        ("Trouble", picture.trouble, "red"),
    ]


def _people(picture: Picture) -> "Table":
    from rich.markup import escape

    has_mutes = picture.is_live
    table = _listing("Participant", "Address", "State", "Since", "Booked", *(["Muted"] if has_mutes else []))
    for one in picture.view.participants if picture.view else ():
        cells = [one.name, one.address, one.state, f"{one.since:%H:%M:%S}", "Yes" if one.is_booked else "No"]
        cells += [_muted(picture.details.get(one.call_leg_id))] if has_mutes else []
        table.add_row(*map(escape, cells), style=_STYLES.get(one.state, ""))
    for party in picture.absent:
        table.add_row(escape(party.name), escape(party.addresses[0]), "absent", "", "Yes", style="dim")
    return table


def _events(events: Sequence[ConferenceEvent]) -> "Table":
    from rich.markup import escape

    table = _listing("At", "Event", "")
    for one in events:
        table.add_row(f"{one.at:%H:%M:%S}", one.kind.value, escape(one.text))
    return table


def _listing(*headers: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _muted(detail: "CallLegStatus | None") -> str:
    if detail is None:
        return "?"
    muted = {"audio": detail.is_audio_muted, "video": detail.is_video_muted}
    return ", ".join(name for name, is_muted in muted.items() if is_muted)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
