"""What time zone rules must be like to be used for a booking.

Source: TMSBA guide, ConferenceTimeZoneRules, TimeZoneRule and TimeChange.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time
from itertools import pairwise

from tmsba.domain.errors import InvalidTimeZone
from tmsba.domain.time.time_zone import AbsoluteDay, RelativeDay, TimeChange, TimeZoneRule, ZoneRules

_MAX_OFFSET_MINUTES = 14 * 60
_LAST_SECOND = 24 * 60 * 60 - 1


def check_rules(rules: Iterable[TimeZoneRule]) -> ZoneRules:
    """The zone that a client describes by rules.

    All rules get the last one's id. A rule with a daylight offset of 0 loses its clock changes, which are
    not looked at.

    Args:
        rules: As they were sent, in any order.

    Raises:
        InvalidTimeZone: they break a rule of the guide; the sentence names the element.
    """
    sent = tuple(rules)
    if not sent:
        raise InvalidTimeZone(
            "ConferenceTimeZoneRules holds no TimeZoneRule: give one, or leave the element out."
        )
    for number, rule in enumerate(sent, start=1):
        _check_rule(rule, f"TimeZoneRule {number}")
    in_order = sorted(enumerate(sent, start=1), key=lambda entry: entry[1].valid_from)
    _check_overlaps(in_order)
    return ZoneRules(tuple(_cleaned(rule, zone_id=sent[-1].id) for _, rule in in_order))


def _cleaned(rule: TimeZoneRule, *, zone_id: str) -> TimeZoneRule:
    if rule.daylight_offset_minutes:
        return replace(rule, id=zone_id)
    return replace(rule, id=zone_id, daylight=None, standard=None)


def _check_overlaps(rules: Sequence[tuple[int, TimeZoneRule]]) -> None:
    """Rules may not overlap, and none may start on the day on which the one before it ends.

    A rule ends where the next one starts, so the day before is its last one only when the next one starts
    at midnight.

    Args:
        rules: in the order of time, each with its number in the request.
    """
    for (earlier_number, earlier), (later_number, later) in pairwise(rules):
        if later.valid_from.date() == earlier.valid_from.date():
            raise InvalidTimeZone(
                "TimeZoneRule {earlier}/ValidFrom and TimeZoneRule {later}/ValidFrom are on the same day: "
                "rules may not overlap, so give each of them a day of its own.",
                earlier=earlier_number,
                later=later_number,
            )
        if later.valid_from.time() != time.min:
            raise InvalidTimeZone(
                "TimeZoneRule {later}/ValidFrom lies within a day, on which the rule before it would "
                "end: let it be midnight, such as {example}.",
                later=later_number,
                example=f"{later.valid_from.date()}T00:00:00",
            )


def _check_rule(rule: TimeZoneRule, place: str) -> None:
    if rule.valid_from.tzinfo is not None:
        raise InvalidTimeZone(
            "{rule}/ValidFrom has a time zone: give it in the zone's own standard time, without Z "
            "or an offset.",
            rule=place,
        )
    _check_offset(rule.base_offset_minutes, f"{place}/BaseOffsetInMinutes")
    if not rule.daylight_offset_minutes:
        return
    _check_offset(
        rule.base_offset_minutes + rule.daylight_offset_minutes,
        f"{place}/BaseOffsetInMinutes + DaylightOffsetInMinutes",
    )
    # The guide's condition is a BaseOffsetInMinutes above 0, which would let a zone of America lose its
    # clock changes unnoticed and refuse India for having none. It only makes sense for the other offset.
    if rule.daylight is None or rule.standard is None:
        raise InvalidTimeZone(
            "{element} is missing: give both Daylight and Standard, or set DaylightOffsetInMinutes to 0.",
            element=f"{place}/Daylight" if rule.daylight is None else f"{place}/Standard",
        )
    _check_change(rule.daylight, f"{place}/Daylight")
    _check_change(rule.standard, f"{place}/Standard")
    if rule.daylight == rule.standard:
        raise InvalidTimeZone("Daylight and Standard of {rule} are the same: change one of them.", rule=place)


def _check_offset(minutes: int, element: str) -> None:
    _check_range(minutes, element, -_MAX_OFFSET_MINUTES, _MAX_OFFSET_MINUTES)


def _check_change(change: TimeChange, place: str) -> None:
    _check_range(change.second_of_day, f"{place}/ChangeSecondAtDay", 0, _LAST_SECOND)
    if change.absolute and change.relative:
        raise InvalidTimeZone(
            "{change} has both an AbsoluteRule and a RelativeRule: leave one of them out.", change=place
        )
    if change.absolute:
        _check_absolute(change.absolute, place)
    elif change.relative:
        _check_relative(change.relative, place)
    else:
        raise InvalidTimeZone("{change} says no day: give an AbsoluteRule or a RelativeRule.", change=place)


def _check_absolute(day: AbsoluteDay, place: str) -> None:
    _check_range(day.month, f"{place}/Month", 1, 12)
    _check_range(day.day, f"{place}/DayOfMonth", 1, 31)


def _check_relative(day: RelativeDay, place: str) -> None:
    _check_range(day.month, f"{place}/Month", 1, 12)
    _check_range(day.weekday, f"{place}/DayOfTheWeek", 0, 6)
    _check_range(day.week, f"{place}/WeekOfTheMonthIndex", 1, 5)


def _check_range(value: int, element: str, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidTimeZone(
            "{element} is {value}: give a number from {least} to {most}.",
            element=element,
            value=value,
            least=least,
            most=most,
        )
