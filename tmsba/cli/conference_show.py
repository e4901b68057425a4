"""``tmsba conference show``."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from tmsba.cli.problems import Problem
from tmsba.cli.session import Session
from tmsba.domain.conference import Conference
from tmsba.domain.live import ConferenceEvent, LiveParticipant, LiveView
from tmsba.domain.values import ConferenceStatus

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from tmsba.cms.model import CallLegStatus
    from tmsba.control.ports import LiveConference
    from tmsba.control.presence import BookedParty

#: Seconds between two pictures of ``--watch``.
_EVERY_S = 5.0
#: How many events people see; ``--json`` has all that are kept.
_MOST_EVENTS = 20
#: And how many where the screen must hold everything.
_FEW_EVENTS = 5
_STYLES = {"connected": "green", "onHold": "yellow", "ringing": "yellow", "initial": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What is known of a conference at one moment."""

    conference: Conference
    at: datetime
    noted: "LiveConference | None"
    #: The bridge and the space's number where it is, or was, or will be; blank for none.
    bridge: str
    view: LiveView | None
    absent: "tuple[BookedParty, ...]"
    events: tuple[ConferenceEvent, ...]
    #: Whether the bridge itself was asked.
    is_live: bool
    details: "Mapping[str, CallLegStatus]" = field(default_factory=dict)
    trouble: str = ""

    @property
    def status(self) -> ConferenceStatus:
        return self.conference.status(self.at)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        is_open = self.noted is not None and self.noted.closed_at is None
        return self.status not in (ConferenceStatus.PENDING, ConferenceStatus.ONGOING) and not is_open

    @property
    def is_old(self) -> bool:
        """Whether nobody looks at it any more."""
        return self.view is not None and self.view.expires_at <= self.at


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

    def take() -> _Picture:
        return _take(session, conference_id, is_live=is_live)

    if is_watched and not is_json:
        _watch(take)
        return
    while True:
        picture = take()
        _show(picture, is_json=is_json, indent=None if is_watched else 2)
        if not is_watched or picture.is_over:
            return
        time.sleep(_EVERY_S)


def _watch(take: Callable[[], _Picture]) -> None:
    from rich.live import Live

    picture = take()
    with Live(_rendered(picture, _FEW_EVENTS), auto_refresh=False) as screen:
        while not picture.is_over:
            time.sleep(_EVERY_S)
            picture = take()
            screen.update(_rendered(picture, _FEW_EVENTS), refresh=True)


def _show(picture: _Picture, *, is_json: bool, indent: int | None) -> None:
    from rich.console import Console

    if is_json:
        click.echo(json.dumps(_values(picture), indent=indent, ensure_ascii=False))
    else:
        Console().print(_rendered(picture))


def _take(session: Session, conference_id: int, *, is_live: bool) -> _Picture:
    from tmsba.app import quick_bridge_clients, utc_now
    from tmsba.control.asking import Answer, ask_bridge
    from tmsba.control.presence import booked_parties
    from tmsba.store.jobs import SqlLiveConferences

    now = utc_now()
    noted = SqlLiveConferences(session.store).get(conference_id)
    with session.store.reading() as uow:
        conference = uow.conferences.get(conference_id)
        if conference is None:
            raise Problem(f"There is no conference with id {conference_id}.")
        bridge_id = noted.bridge_id if noted else conference.route.bridge_id if conference.route else 0
        bridge = uow.bridges.get(bridge_id)
        booked = booked_parties(conference, uow.systems.many(conference.system_ids))
        events = tuple(uow.live.events(conference_id))
        answer = Answer(view=uow.live.get(conference_id))
    if is_live:
        nothing = Answer(trouble="The conference is not on a bridge.")
        answer = ask_bridge(session.store, quick_bridge_clients(), noted, now) if noted else nothing
    there = answer.view.participants if answer.view else ()
    is_open = noted is not None and noted.opened_at is not None and noted.closed_at is None
    known = {(one.system_id, one.number) for one in there if one.is_booked}
    return _Picture(
        conference=conference,
        at=now,
        noted=noted,
        bridge=bridge.name if bridge else "",
        view=answer.view,
        absent=tuple(one for one in booked if is_open and (one.system_id, one.number) not in known),
        events=events,
        is_live=is_live,
        details=answer.details,
        trouble=answer.trouble,
    )


# ---------------------------------------------------------------- for programs


def _values(picture: _Picture) -> dict[str, Any]:
    conference, noted, view = picture.conference, picture.noted, picture.view
    route = conference.route
    return {
        "id": conference.id,
        "title": conference.details.title,
        "status": picture.status.value,
        "start": _iso(conference.period.start),
        "end": _iso(conference.period.end),
        "bridge": picture.bridge,
        "number": route.number if route else None,
        "join_uri": route.join_uri if route else "",
        "call_id": noted.call_id if noted else None,
        "opened_at": _iso(noted.opened_at) if noted else None,
        "closed_at": _iso(noted.closed_at) if noted else None,
        "extensions": noted.extensions if noted else 0,
        "source": "bridge" if picture.is_live else "store",
        "seen_at": _iso(view.seen_at) if view else None,
        "is_current": view is not None and not picture.is_old,
        "trouble": picture.trouble,
        "participants": [_participant_values(picture, one) for one in (view.participants if view else ())],
        "absent": [
            {"name": one.name, "system_id": one.system_id, "number": one.number} for one in picture.absent
        ],
        "events": [{"at": _iso(one.at), "kind": one.kind.value, "text": one.text} for one in picture.events],
    }


def _participant_values(picture: _Picture, one: LiveParticipant) -> dict[str, Any]:
    detail = picture.details.get(one.call_leg_id)
    return {
        "name": one.name,
        "address": one.address,
        "state": one.state,
        "since": _iso(one.since),
        "is_booked": one.is_booked,
        "system_id": one.system_id,
        "number": one.number,
        "call_leg_id": one.call_leg_id,
        "is_incoming": detail.is_incoming if detail else None,
        "is_audio_muted": detail.is_audio_muted if detail else None,
        "is_video_muted": detail.is_video_muted if detail else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# ---------------------------------------------------------------- for people


def _rendered(picture: _Picture, events: int = _MOST_EVENTS) -> "RenderableType":
    from rich.console import Group

    parts: list[RenderableType] = [_facts(picture)]
    if picture.view or picture.absent:
        parts.append(_people(picture))
    if picture.events:
        parts.append(_events(picture.events[-events:]))
    return Group(*parts)


def _facts(picture: _Picture) -> "Table":
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


def _rows(picture: _Picture) -> list[tuple[str, str, str]]:
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


def _people(picture: _Picture) -> "Table":
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
