"""Dates and times of the wire, both kinds, to and from aware UTC datetimes.

Conference dates are strings such as ``2026-11-20 13:09:18Z``; the parameters of the list functions
are ``xs:dateTime``.

Source: TMSBA guide, Conference Object, and INVALID_DATETIME_FORMAT in Error Codes.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from tmsba.domain.errors import InvalidDateTime, InvalidTimeZone
from tmsba.domain.time.times import whole_seconds

#: The earliest moment, which .NET clients send and expect where there is none.
EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(microsecond=0, tzinfo=UTC)

#: The years in which something can take place: the first and the last one have an end without a neighbour.
_FIRST_YEAR, _LAST_YEAR = 2, 9998

_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
# .NET writes up to seven digits of a second, one more than Python keeps.
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
_CONFERENCE_DATE = re.compile(rf"{_DATE}[ T]{_CLOCK}Z")
_XS_DATE_TIME = re.compile(rf"{_DATE}(?:T{_CLOCK})?(?P<offset>Z|[+-][0-9]{{2}}:[0-9]{{2}})?")


def _moment(match: re.Match[str], offset: timezone) -> datetime:
    """The moment a match describes.

    Raises:
        ValueError: There is no such day or time.
    """
    parts = match.groupdict()
    hour = int(parts["hour"] or 0)
    # XML Schema writes the end of a day as 24:00:00 too.
    is_end_of_day = hour == 24 and not int(parts["minute"]) and not int(parts["second"] or 0)
    local = datetime(
        int(parts["year"]),
        int(parts["month"]),
        int(parts["day"]),
        0 if is_end_of_day else hour,
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        int((parts["fraction"] or "0")[:6].ljust(6, "0")),
        tzinfo=offset,
    )
    try:
        return (local + timedelta(days=1 if is_end_of_day else 0)).astimezone(UTC)
    except OverflowError:
        # An offset moves the first or last day out of the calendar; such dates mean "no limit".
        return EARLIEST if local.year == 1 else _LATEST


def parse_conference_date(text: str) -> datetime:
    """Read a conference date, which has to be in UTC and to say so.

    Args:
        text: Such as ``2026-11-20 13:09:18Z``; a T may stand for the blank, seconds may be missing.

    Returns:
        The moment, aware, in UTC.

    Raises:
        InvalidDateTime: The text has another form, lacks the Z, or names no day of the calendar.
    """
    match = _CONFERENCE_DATE.fullmatch(text.strip())
    if match is None:
        raise InvalidDateTime(
            "'{text}' is not a date in UTC. Write it as 2026-11-20 13:09:18Z.", text=text[:40]
        )
    try:
        return _moment(match, UTC)
    except ValueError as error:
        raise InvalidDateTime("'{text}' is not a day and time of the calendar.", text=text[:40]) from error


def format_conference_date(moment: datetime) -> str:
    """Write an aware moment as conferences carry it: ``2026-11-20 13:09:18Z``.

    Raises:
        ValueError: The moment is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone.")
    # strftime pads years below 1000 on some platforms only.
    return f"{moment.astimezone(UTC).isoformat(' ', 'seconds')[:19]}Z"


def parse_date_time(text: str) -> datetime:
    """Read an ``xs:dateTime``; one without an offset is in UTC.

    Returns:
        The moment, aware, in UTC. Where an offset would lead out of the years 1 to 9999, the
        calendar's own end.

    Raises:
        InvalidDateTime: The text has another form, or names no day of the calendar.
    """
    match = _XS_DATE_TIME.fullmatch(text.strip())
    if match is None:
        raise InvalidDateTime(
            "'{text}' is not a date and time. Write it as 2026-11-20T13:09:18Z.", text=text[:40]
        )
    try:
        return _moment(match, _offset(match["offset"]))
    except ValueError as error:
        raise InvalidDateTime("'{text}' is not a day and time of the calendar.", text=text[:40]) from error


def parse_wall_time(element: str, text: str) -> datetime:
    """Read an ``xs:dateTime`` that stands for a wall time.

    Returns:
        The wall time, naive.

    Raises:
        InvalidTimeZone: It carries a zone, or is no date.
    """
    match = _XS_DATE_TIME.fullmatch(text.strip())
    if match is None or match["offset"] is not None:
        raise InvalidTimeZone(
            "{element} is '{text}': give a date and time without a zone, such as 2026-11-20T13:09:18.",
            element=element,
            text=text[:40],
        )
    return parse_date_time(text).replace(tzinfo=None)


def _offset(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def format_date_time(moment: datetime) -> str:
    """Write an aware moment as ``xs:dateTime``; the earliest one without a Z, as .NET does.

    Raises:
        ValueError: The moment is naive.
    """
    if moment == EARLIEST:
        return "0001-01-01T00:00:00"
    return format_conference_date(moment).replace(" ", "T")


def date_in(name: str, text: str | None, *, is_bound: bool = False) -> datetime | None:
    """A conference date in whole seconds; None when it is missing or blank.

    Args:
        name: The element, for the message.
        text: What it holds.
        is_bound: Whether nothing takes place at that date, so that any one of the calendar will do.

    Raises:
        InvalidDateTime: it is not a date in UTC, or so near to an end of the calendar that no time zone and
            no early opening can be worked out; the message names the element.
    """
    if text is None or not text.strip():
        return None
    try:
        moment = whole_seconds(parse_conference_date(text))
        return moment if is_bound else _within_reach(moment, text)
    except InvalidDateTime as error:
        raise InvalidDateTime("{element}: {problem}", element=name, problem=error) from error


def _within_reach(moment: datetime, text: str) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidDateTime(
            "'{text}' is out of range. Give a date of the years {first} to {last}.",
            text=text[:40],
            first=f"{_FIRST_YEAR:04}",
            last=f"{_LAST_YEAR:04}",
        )
    return moment
