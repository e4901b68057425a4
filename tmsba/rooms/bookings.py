"""The bookings of a room as Cisco's room systems read them: `xCommand Bookings Put`."""

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from tmsba.booking.view.agenda import AgendaEntry, Launch
from tmsba.domain.values import Choice

_ENCRYPTION = {Choice.YES: "On", Choice.NO: "Off", Choice.IF_POSSIBLE: "BestEffort"}


def bookings_xml(entries: Sequence[AgendaEntry], now: datetime) -> str:
    """The document that replaces all bookings of a room system.

    Args:
        entries: the room's meetings.
        now: when they were read, aware.

    Source: the API guides of the room systems, Bookings.
    """
    root = etree.Element("Bookings", item="1", status="OK")
    _put(_put(root, "ResultInfo"), "TotalRows", str(len(entries)))
    _put(root, "LastUpdated", _instant(now))
    for place, entry in enumerate(entries, 1):
        _add(root, entry, place)
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def _add(root: etree._Element, entry: AgendaEntry, place: int) -> None:
    conference = entry.conference
    details = conference.details
    node = etree.SubElement(root, "Booking", item=str(place))
    _put(node, "Id", str(conference.id))
    _put(node, "Title", entry.title)
    _put(node, "Agenda", "")
    _put(node, "Privacy", "Private" if entry.is_private else "Public")
    organizer = _put(node, "Organizer")
    user = entry.organizer
    _put(organizer, "FirstName", user.first_name if user else "")
    _put(organizer, "LastName", user.last_name if user else "")
    _put(organizer, "Email", user.email if user else "")
    time = _put(node, "Time")
    _put(time, "StartTime", _instant(conference.period.start))
    _put(time, "StartTimeBuffer", str(round(entry.early.total_seconds())))
    _put(time, "EndTime", _instant(conference.period.end))
    _put(time, "EndTimeBuffer", "0")
    _put(node, "MaximumMeetingExtension", "0")
    _put(node, "BookingStatus", "OK")
    _put(node, "BookingStatusMessage", "")
    _put(_put(node, "Webex"), "Enabled", "False")
    _put(node, "Encryption", _ENCRYPTION[details.encryption])
    _put(node, "Role", "Slave")
    _put(node, "Recording", "Enabled" if details.is_recording_enabled else "Disabled")
    dial = _put(node, "DialInfo")
    calls = _put(dial, "Calls")
    if entry.number:
        call = etree.SubElement(calls, "Call", item="1")
        _put(call, "Number", entry.number)
        _put(call, "Protocol", "SIP")
        _put(call, "CallRate", str(int(details.ip_bandwidth) or ""))
        _put(call, "CallType", "Video")
    _put(dial, "ConnectMode", "OBTP" if entry.launch is Launch.BUTTON else "Manual")


def _put(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    node = etree.SubElement(parent, name)
    node.text = text
    return node


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
