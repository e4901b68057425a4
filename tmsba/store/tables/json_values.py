"""How patterns and rules of time zones are written to a column: JSON, with the number of the format as ``v``.

Every name is spelled out: rows outlive the names of the domain.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Dialect, Text, TypeDecorator

from tmsba.domain.time.recurrence import DayOfWeek, Frequency, RecurrencePattern, SeriesEnd
from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules
from tmsba.domain.time.times import Period, check_aware

T = TypeVar("T")

_FORMAT = 1


def encode_ids(ids: tuple[int, ...]) -> str:
    """Ids in ascending order as text: a plain list, for nothing will ever be said about them."""
    return json.dumps(sorted(set(ids)), separators=(",", ":"))


def decode_ids(text: str) -> tuple[int, ...]:
    """The ids of a text."""
    return tuple(json.loads(text))


def encode_pattern(rule: tuple[RecurrencePattern, Period]) -> str:
    """The pattern of a series, and its first date by the pattern, as text."""
    pattern, first = rule
    return write_json(
        {
            "first": [check_aware(moment).isoformat() for moment in (first.start, first.end)],
            "frequency": pattern.frequency and pattern.frequency.value,
            "interval": pattern.interval,
            "days_of_week": [day.value for day in pattern.days_of_week],
            "first_day_of_week": pattern.first_day_of_week.value,
            "set_position": pattern.set_position,
            "month_day": pattern.month_day,
            "end_type": pattern.end_type and pattern.end_type.value,
            "end": pattern.end and check_aware(pattern.end).isoformat(),
            "occurrences": pattern.occurrences,
        }
    )


def decode_pattern(text: str) -> tuple[RecurrencePattern, Period]:
    """What ``encode_pattern`` wrote.

    Raises:
        ValueError: a newer version of tmsba wrote it.
    """
    values = read_json(text)
    first = Period(*map(datetime.fromisoformat, values["first"]))
    pattern = RecurrencePattern(
        frequency=_maybe(Frequency, values["frequency"]),
        interval=values["interval"],
        days_of_week=tuple(map(DayOfWeek, values["days_of_week"])),
        first_day_of_week=DayOfWeek(values["first_day_of_week"]),
        set_position=values["set_position"],
        month_day=values["month_day"],
        end_type=_maybe(SeriesEnd, values["end_type"]),
        end=_maybe(datetime.fromisoformat, values["end"]),
        occurrences=values["occurrences"],
    )
    return pattern, first


def encode_zone_rules(zone: ZoneRules) -> str:
    """The rules of a time zone as text."""
    return write_json({"rules": [_rule_values(rule) for rule in zone.rules]})


def decode_zone_rules(text: str) -> ZoneRules:
    """What ``encode_zone_rules`` wrote.

    Raises:
        ValueError: a newer version of tmsba wrote it.
    """
    return ZoneRules(tuple(map(_to_rule, read_json(text)["rules"])))


class JsonText(TypeDecorator[T], Generic[T]):
    """A value kept as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, encode: Callable[[T], str], decode: Callable[[str], T]) -> None:
        super().__init__()
        self.encode, self.decode = encode, decode

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the hook's shape
        """On the way in."""
        return None if value is None else self.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:  # noqa: ARG002 - the hook's shape
        """On the way out."""
        return None if value is None else self.decode(value)


def _rule_values(rule: TimeZoneRule) -> dict[str, Any]:
    return {
        "valid_from": rule.valid_from.isoformat(),
        "id": rule.id,
        "display_name": rule.display_name,
        "base_offset_minutes": rule.base_offset_minutes,
        "daylight_offset_minutes": rule.daylight_offset_minutes,
        "daylight": _maybe(_change_values, rule.daylight),
        "standard": _maybe(_change_values, rule.standard),
    }


def _to_rule(values: dict[str, Any]) -> TimeZoneRule:
    return TimeZoneRule(
        valid_from=datetime.fromisoformat(values["valid_from"]),
        id=values["id"],
        display_name=values["display_name"],
        base_offset_minutes=values["base_offset_minutes"],
        daylight_offset_minutes=values["daylight_offset_minutes"],
        daylight=_maybe(_to_change, values["daylight"]),
        standard=_maybe(_to_change, values["standard"]),
    )


def _change_values(change: TimeChange) -> dict[str, Any]:
    absolute, relative = change.absolute, change.relative
    return {
        "second_of_day": change.second_of_day,
        "absolute": absolute and {"month": absolute.month, "day": absolute.day},
        "relative": relative
        and {"month": relative.month, "weekday": relative.weekday, "week": relative.week},
    }


def _to_change(values: dict[str, Any]) -> TimeChange:
    absolute, relative = values["absolute"], values["relative"]
    return TimeChange(
        second_of_day=values["second_of_day"],
        absolute=absolute and AbsoluteDay(month=absolute["month"], day=absolute["day"]),
        relative=relative
        and RelativeDay(month=relative["month"], weekday=relative["weekday"], week=relative["week"]),
    )


def _maybe(convert: Callable[[Any], T], value: Any) -> T | None:
    return None if value is None else convert(value)


def write_json(values: dict[str, Any]) -> str:
    """The values as text, with the number of the format."""
    return json.dumps({"v": _FORMAT, **values}, ensure_ascii=False, separators=(",", ":"))


def read_json(text: str) -> dict[str, Any]:
    """What ``write_json`` wrote.

    Raises:
        ValueError: a newer version of tmsba wrote it.
    """
    values: dict[str, Any] = json.loads(text)
    if values["v"] != _FORMAT:
        raise ValueError(f"this version of tmsba reads format {_FORMAT} of {text!r}")
    return values
