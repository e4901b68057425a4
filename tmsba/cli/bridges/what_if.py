"""``tmsba bridge what-if``."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tmsba.cli.bridges.moves import about
from tmsba.cli.bridges.values import ROOM, find_bridge
from tmsba.cli.common.session import Session, show_table
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import SpaceRoute

if TYPE_CHECKING:
    from tmsba.booking.route.leaving import Cause
    from tmsba.booking.route.moved import Moved

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"])
#: From so many conferences or series on a bar shows how far it is.
_MANY = 20


@click.command("what-if")
@click.argument("name")
@click.option("--down", "is_down", is_flag=True, help="It does not answer any more.")
@click.option("--remove", "is_removed", is_flag=True, help="It is disabled, or gone for good.")
@click.option("--max-participants", **ROOM)
@click.option("--at", "at", type=_MOMENT, help="As if it were this day or time, in UTC; otherwise now.")
@click.option("--json", "is_json", is_flag=True, help="For programs: everything, as JSON.")
@click.pass_obj
def what_if(
    session: Session,
    name: str,
    is_down: bool,
    is_removed: bool,
    max_participants: int | None,
    at: datetime | None,
    is_json: bool,
) -> None:
    """Show where the conferences to come of the bridge called NAME would go, without changing anything.

    It is decided as control workers decide it when it happens, one after the other, so that no place is
    given twice. What starts later than bridge-down-horizon stays on a bridge that is down.
    """
    if [is_down, is_removed, max_participants is not None].count(True) != 1:
        raise click.UsageError("Give one of --down, --remove and --max-participants: what is to be supposed?")
    from tmsba.app import utc_now
    from tmsba.booking.route.leaving import Cause

    source, cause = find_bridge(session, name), Cause.DOWN if is_down else Cause.DISABLED
    if max_participants is not None:
        source, cause = replace(source, max_participants=max_participants or None), Cause.FULL
    moment = at.replace(tzinfo=UTC) if at else utc_now()
    supposed = _suppose(session, source, cause, moment)
    if is_json:
        click.echo(json.dumps(_values(supposed), indent=2, ensure_ascii=False))
    else:
        _show(supposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Supposed:
    """What would become of the conferences to come on a bridge."""

    bridge: Bridge
    what: str
    at: datetime
    #: Those that would have to leave, in the order in which they would be moved.
    moved: Sequence["Moved"]
    #: How many are booked on it in all.
    booked: int
    #: The names of all bridges by their ids.
    names: dict[int, str]

    @property
    def by_bridge(self) -> Counter[str]:
        """How many would go to each bridge."""
        places = [one.place for one in self.moved]
        return Counter(self.names[place.bridge_id] for place in places if isinstance(place, SpaceRoute))

    @property
    def staying(self) -> int:
        """How many would find no place."""
        return sum(isinstance(one.place, str) for one in self.moved)


def _suppose(session: Session, source: Bridge, cause: "Cause", moment: datetime) -> _Supposed:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from tmsba.app import build_rerouting

    rerouting = replace(build_rerouting(session.config, session.store), clock=lambda: moment)
    with session.store.reading() as uow:
        names = {bridge.id: bridge.name for bridge in uow.bridges.all()}
        holds = uow.bridges.holds([source.id], moment).get(source.id, ())
    moved: list[Moved] = []
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Looking for places", total=None, visible=False)
        for one in rerouting.suppose(source, cause):
            moved += one.moved
            progress.update(task, completed=one.count, total=one.total, visible=one.total >= _MANY)
    return _Supposed(
        bridge=source,
        what=cause.value,
        at=moment,
        moved=moved,
        booked=sum(hold.period.start > moment for hold in holds),
        names=names,
    )


def _show(supposed: _Supposed) -> None:
    if supposed.moved:
        rows = [_row(supposed, one) for one in supposed.moved]
        show_table(("Conference", "Start", "Title", "From", "To", "Why"), rows)
    click.echo(f"Nothing was changed. {_totals(supposed)}")


def _row(supposed: _Supposed, one: "Moved") -> Sequence[object]:
    new = one.place
    if isinstance(new, str):
        return (*about(one), "no place", new)
    return (*about(one), f"{new.join_uri} ({supposed.names[new.bridge_id]})", _why(one))


def _why(one: "Moved") -> str:
    chosen = one.decision.chosen if one.decision else None
    return str(chosen.reason) if chosen else ""


def _totals(supposed: _Supposed) -> str:
    counts = supposed.by_bridge
    each = ", ".join(f"{count} to {name}" for name, count in sorted(counts.items()))
    return (
        f"Conferences to come on {supposed.bridge.name}: {supposed.booked}. Going: {counts.total()}"
        f"{f' ({each})' if each else ''}, of these with another address: {_visible(supposed)}. "
        f"Without a place: {supposed.staying}. Not concerned: {supposed.booked - len(supposed.moved)}."
    )


def _visible(supposed: _Supposed) -> int:
    return sum(one.is_visible for one in supposed.moved)


def _values(supposed: _Supposed) -> dict[str, Any]:
    return {
        "bridge": supposed.bridge.name,
        "supposed": supposed.what,
        "participant_limit": supposed.bridge.participant_limit,
        "at": supposed.at.isoformat(),
        "conferences": [_conference_values(supposed, one) for one in supposed.moved],
        "totals": {
            "booked": supposed.booked,
            "going": supposed.by_bridge.total(),
            "going_by_bridge": dict(sorted(supposed.by_bridge.items())),
            "with_another_address": _visible(supposed),
            "without_a_place": supposed.staying,
            "not_concerned": supposed.booked - len(supposed.moved),
        },
    }


def _conference_values(supposed: _Supposed, one: "Moved") -> dict[str, Any]:
    conference, old, new = one.before, one.before.route, one.place
    is_going = isinstance(new, SpaceRoute)
    return {
        "conference_id": conference.id,
        "series_id": conference.series and conference.series.series_id,
        "title": conference.details.title,
        "start": conference.period.start.isoformat(),
        "end": conference.period.end.isoformat(),
        "from": old and _place_values(supposed, old),
        "to": _place_values(supposed, new) if isinstance(new, SpaceRoute) else None,
        "has_another_address": one.is_visible,
        "reason": _why(one) if is_going else str(new),
    }


def _place_values(supposed: _Supposed, route: SpaceRoute) -> dict[str, Any]:
    return {
        "bridge_id": route.bridge_id,
        "bridge": supposed.names.get(route.bridge_id, ""),
        "number": route.number,
        "join_uri": route.join_uri,
    }
