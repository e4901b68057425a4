"""``tmsba bridge status``."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from tmsba.cli.bridges.values import find_bridge
from tmsba.cli.common.session import Session
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.bridge.call_records import RecordSession
from tmsba.domain.bridge.clusters import Membership
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, BridgeReport, address_in_use
from tmsba.domain.values import FailoverMode

if TYPE_CHECKING:
    from rich.table import Table


@click.command("status")
@click.argument("name", required=False)
@click.option("--json", "is_json", is_flag=True, help="For programs: everything, as JSON.")
@click.pass_obj
def show_status(session: Session, name: str | None, is_json: bool) -> None:
    """Show how the bridges are, or the one called NAME, as they were found when last looked at."""
    from tmsba.booking.view.desk import settings_of

    wanted = find_bridge(session, name) if name else None
    with session.store.reading() as uow:
        known = [one for one in uow.bridges.memberships() if wanted is None or one.bridge.id == wanted.id]
        healths = uow.bridges.healths()
        tickets = uow.tickets.all()
        mode = settings_of(uow).failover_mode
        records = uow.record_sessions.latest()
    seen = []
    for one in known:
        subject = _subject(one.bridge)
        texts = [ticket.text for ticket in tickets if ticket.subject == subject]
        its = [health for health in healths if health.bridge_id == one.bridge.id]
        in_use = BridgeAddress.MAIN if mode is FailoverMode.OFF else address_in_use(one.bridge, its)
        seen.append((one, its, texts, in_use, records.get(one.bridge.id)))
    if is_json:
        click.echo(json.dumps([_values(*entry) for entry in seen], indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    console = Console()
    for entry in seen:
        console.print(_table(*entry))


def _subject(bridge: Bridge) -> str:
    from tmsba.control.work.tickets import bridge_subject

    return bridge_subject(bridge.name)


def _values(
    known: Membership,
    healths: Sequence[BridgeHealth],
    tickets: Sequence[str],
    in_use: BridgeAddress,
    records: RecordSession | None,
) -> dict[str, Any]:
    bridge = known.bridge
    return {
        "id": bridge.id,
        "name": bridge.name,
        "is_enabled": bridge.is_enabled,
        "address_in_use": in_use.value,
        "cluster": [{"name": node.name, "address": node.address} for node in known.nodes],
        "is_balancing": bridge.is_balancing,
        "addresses": [_health_values(bridge, health) for health in healths],
        "call_records": _record_values(records) if records else None,
        "tickets": list(tickets),
    }


def _record_values(records: RecordSession) -> dict[str, Any]:
    """What came since the bridge was started."""
    return {
        "session": records.id,
        "last_at": _iso(records.last_at),
        "received": records.received,
        "duplicates": records.duplicates,
        "missing": records.missing,
    }


def _health_values(bridge: Bridge, health: BridgeHealth) -> dict[str, Any]:
    report = health.report
    return {
        "address": health.address.value,
        "url": _url(bridge, health),
        "is_reachable": health.is_reachable,
        "reachable_since": _iso(health.reachable_since),
        "checked_at": _iso(health.checked_at),
        "failures": health.failures,
        "last_error": health.last_error,
        "last_error_at": _iso(health.last_error_at),
        "software_version": report.software_version,
        "uptime_seconds": None if report.uptime is None else int(report.uptime.total_seconds()),
        "call_legs_active": report.call_legs_active,
        "call_legs_max_active": report.call_legs_max_active,
        "call_legs_completed": report.call_legs_completed,
        "audio_bit_rate_outgoing_bps": report.audio_bit_rate_outgoing_bps,
        "audio_bit_rate_incoming_bps": report.audio_bit_rate_incoming_bps,
        "video_bit_rate_outgoing_bps": report.video_bit_rate_outgoing_bps,
        "video_bit_rate_incoming_bps": report.video_bit_rate_incoming_bps,
        "media_processing_load": report.media_processing_load,
        "load_limit": report.load_limit,
        "participant_limit": report.participant_limit,
        "licence_trouble": report.licence_trouble,
        "dial_plan_trouble": report.dial_plan_trouble,
        "alarms": [{"kind": alarm.kind, "reason": alarm.reason} for alarm in report.alarms],
    }


def _table(
    known: Membership,
    healths: Sequence[BridgeHealth],
    tickets: Sequence[str],
    in_use: BridgeAddress,
    records: RecordSession | None,
) -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    bridge = known.bridge
    table = Table(
        title=escape(bridge.name), title_justify="left", box=box.SIMPLE, show_header=False, pad_edge=False
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if not bridge.is_enabled:
        table.add_row("Routing", "disabled")
    for health in healths:
        label = "Alternate" if health.address is BridgeAddress.ALTERNATE else "Address"
        table.add_row(label, escape(_url(bridge, health)))
        for name, text, style in _health_rows(health):
            table.add_row(name, escape(text), style=style)
    if in_use is BridgeAddress.ALTERNATE:
        table.add_row("In use", "the alternate address", style="yellow")
    if bridge.is_balancing:
        table.add_row("Outgoing calls", "the cluster chooses the node")
    for node in known.nodes:
        table.add_row("Call bridge", escape(f"{node.name} {node.address}".strip()))
    if records:
        lost = f", {records.missing} lost" if records.missing else ""
        table.add_row("Call records", f"{records.received}{lost}, last {_moment(records.last_at)}")
    for text in tickets:
        table.add_row("Ticket", escape(text), style="red")
    return table


def _health_rows(health: BridgeHealth) -> list[tuple[str, str, str]]:
    """Name, value and style, for what is known."""
    report = health.report
    if health.is_reachable is None:
        return [("State", "not looked at yet", "yellow")]
    rows = [
        ("State", f"reachable since {_moment(health.reachable_since)}", "green")
        if health.is_reachable
        else ("State", f"unreachable, {health.failures} times in a row", "red"),
        ("Last look", _moment(health.checked_at), ""),
        ("Last error", f"{health.last_error} ({_moment(health.last_error_at)})", "")
        if health.last_error
        else ("", "", ""),
        ("Version", report.software_version, ""),
        ("Uptime", _duration(report.uptime), ""),
        (
            "Call legs",
            _counts(
                active=report.call_legs_active,
                most=report.call_legs_max_active,
                completed=report.call_legs_completed,
            ),
            "",
        ),
        ("Audio", _rates(report.audio_bit_rate_outgoing_bps, report.audio_bit_rate_incoming_bps), ""),
        ("Video", _rates(report.video_bit_rate_outgoing_bps, report.video_bit_rate_incoming_bps), ""),
        ("Media load", _of(report.media_processing_load, report.load_limit), ""),
        ("Room", _room(report), ""),
        ("Licence", report.licence_trouble, "red"),
        ("Dial plan", report.dial_plan_trouble, "red"),
        *(("Alarm", f"{alarm.kind} {alarm.reason}".strip(), "red") for alarm in report.alarms),
    ]
    return [row for row in rows if row[1]]


def _url(bridge: Bridge, health: BridgeHealth) -> str:
    return bridge.alternate_url if health.address is BridgeAddress.ALTERNATE else bridge.url


def _counts(**counts: int | None) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number is not None)


def _of(count: int | None, limit: int | None) -> str:
    if count is None:
        return ""
    return str(count) if limit is None else f"{count} of {limit}"


def _room(report: BridgeReport) -> str:
    """The limit of participants that the bridge has by its own word."""
    limit = report.participant_limit
    return "" if limit is None else f"{limit} participants, by its own configuration"


def _rates(outgoing_bps: int | None, incoming_bps: int | None) -> str:
    if outgoing_bps is None or incoming_bps is None:
        return ""
    return f"{outgoing_bps // 1000} kbit/s out, {incoming_bps // 1000} kbit/s in"


def _duration(duration: timedelta | None) -> str:
    if duration is None:
        return ""
    hours, seconds = divmod(int(duration.total_seconds()) % 86_400, 3_600)
    return f"{duration.days} d {hours:02}:{seconds // 60:02}:{seconds % 60:02}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
