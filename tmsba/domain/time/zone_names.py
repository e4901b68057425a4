"""Time zones by their Windows or IANA names."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

#: The IANA names of zones by their Windows names.
BY_WINDOWS_NAME: Mapping[str, str] = get_global("windows_zone_mapping")


@cache
def zone(name: str) -> ZoneInfo:
    """The zone with this Windows or IANA name.

    Raises:
        ValueError: no zone has this name.
    """
    iana = BY_WINDOWS_NAME.get(name, name)
    if iana not in available_timezones():
        raise ValueError(
            f"{name!r} is no time zone: give a name such as 'Europe/Oslo' or 'W. Europe Standard Time'"
        )
    return ZoneInfo(iana)


@cache
def _official_names() -> dict[str, str]:
    return {name.casefold(): name for name in (*available_timezones(), *BY_WINDOWS_NAME)}


def official_name(name: str) -> str:
    """The Windows or IANA name as it is written officially, for one in any letter case.

    Raises:
        ValueError: no zone has this name.
    """
    try:
        return _official_names()[name.strip().casefold()]
    except KeyError:
        raise ValueError(f"{name!r} is no time zone") from None


def offset_name(name: str, at: datetime) -> str:
    """The zone for people to read, with its offset at an instant: ``(UTC+01:00) Europe/Oslo``."""
    text = at.astimezone(zone(name)).strftime("%z")
    return f"(UTC{text[:3]}:{text[3:5]}) {name}"


def short_us(moment: datetime, zone_name: str) -> str:
    """Date and time as default titles show them, in the zone: ``1/29/2026 2:09 PM``."""
    local = moment.astimezone(zone(zone_name))
    hour = local.hour % 12 or 12
    half = "AM" if local.hour < 12 else "PM"
    return f"{local.month}/{local.day}/{local.year} {hour}:{local.minute:02} {half}"
