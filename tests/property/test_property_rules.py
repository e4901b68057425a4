"""What holds for all values of the pure rules."""

from contextlib import suppress
from dataclasses import fields
from datetime import timedelta

import pytest
from fakes import NOW
from hypothesis import given
from hypothesis import strategies as st
from strategies import periods, requested_participants, setting_values

from tmsba.domain import settings as table
from tmsba.domain.conference.rules import clean_title, number_participants
from tmsba.domain.errors import UnknownError
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind


def minutes_of(period: Period) -> set[int]:
    """The minutes that a period of whole minutes covers."""
    first, last = ((moment - NOW) // timedelta(minutes=1) for moment in (period.start, period.end))
    return set(range(first, last))


@given(periods(), periods())
def test_periods_overlap_when_they_share_a_minute(one, other):
    assert one.overlaps(other) is other.overlaps(one) is bool(minutes_of(one) & minutes_of(other))


@given(periods(), st.integers(-5, 65))
def test_a_period_contains_its_minutes(period, minute):
    assert period.contains(NOW + timedelta(minutes=minute)) is (minute in minutes_of(period))


@given(periods())
def test_a_period_overlaps_itself_unless_it_is_empty(period):
    assert period.overlaps(period) is (period.duration > timedelta())


@given(st.lists(requested_participants(), max_size=12))
def test_external_participants_get_ids_of_their_own_and_systems_keep_theirs(requested):
    numbered = number_participants(requested)
    external = [p.id for p in numbered if p.kind.is_external]
    assert len(set(external)) == len(external) == sum(entry.kind.is_external for entry in requested)
    assert all(number > 0 for number in external)
    for kind in (ParticipantKind.SYSTEM, ParticipantKind.MASTER):
        asked = [entry.id for entry in requested if entry.kind is kind]
        assert [p.id for p in numbered if p.kind is kind] == list(dict.fromkeys(asked))


@given(st.lists(requested_participants(), max_size=12))
def test_numbering_again_changes_nothing(requested):
    numbered = number_participants(requested)
    assert number_participants(numbered) == numbered


@given(st.lists(requested_participants(), max_size=12))
def test_ids_that_are_usable_are_kept(requested):
    brought = {entry.id for entry in requested if entry.kind.is_external and (entry.id or 0) > 0}
    given_out = {p.id for p in number_participants(requested) if p.kind.is_external}
    assert brought <= given_out


@pytest.mark.parametrize("entry", fields(ConferenceSettings), ids=lambda entry: entry.name)
@given(data=st.data())
def test_every_value_of_a_setting_survives_text(entry, data):
    value = data.draw(setting_values(entry))
    name, text = table.check(entry.metadata["title"], table.to_text(value))
    assert getattr(ConferenceSettings.of({name: text}), name) == value


@pytest.mark.parametrize("entry", fields(ConferenceSettings), ids=lambda entry: entry.name)
@given(text=st.text(max_size=12) | st.from_regex(r"-?[0-9]{1,9}", fullmatch=True))
def test_a_setting_takes_a_text_or_says_that_it_does_not(entry, text):
    accepted = None
    with suppress(ValueError):
        accepted = table.check(entry.name, text)
    if accepted:
        assert table.check(*accepted) == accepted
        return
    with pytest.raises(ValueError, match=table.key_of(entry.name)):
        table.check(entry.name, text)


@given(st.text(max_size=300))
def test_cleaning_a_title_again_changes_nothing(title):
    try:
        cleaned = clean_title(title)
    except UnknownError:
        assert len(title) > 255
    else:
        assert clean_title(cleaned) == cleaned
        assert len(cleaned) <= 255
        assert not set("\"'") & set(cleaned)
