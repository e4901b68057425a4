"""What a bridge is asked does not grow with the spaces that others have there."""

import pytest
from bridge_counts import lists_of_spaces, measure

FEW, MANY = 40, 400


@pytest.fixture(scope="module")
def counts():
    return {foreign: measure(foreign) for foreign in (FEW, MANY)}


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("start", 12),
        ("end", 7),
        ("idle minute", 4),
        ("sweep", 6),
        ("sweep after an outage", 6),
        ("sweep that makes a space", 8),
    ],
)
def test_the_requests_are_as_many_with_ten_times_the_spaces_of_others(counts, what, most):
    few, many = counts[FEW][what], counts[MANY][what]
    assert few == many
    assert 0 < len(many) <= most


def test_to_add_a_bridge_reads_only_our_spaces(counts):
    assert len(counts[FEW]["add"]) == len(counts[MANY]["add"])
    lists = lists_of_spaces(counts[MANY]["add"])
    assert [one.partition("=")[0] for one in lists.elements()] == ["GET coSpaces?callLegProfileFilter"]


def test_only_a_bridge_that_was_set_up_before_has_its_whole_list_read_once(counts):
    for foreign in (FEW, MANY):
        lists = lists_of_spaces(counts[foreign]["prepare"])
        assert set(lists.values()) == {1}
        assert len(lists) == -(-(foreign + 5) // 20)
    for what, requests in counts[MANY].items():
        pages = [one for one in lists_of_spaces(requests) if "offset" in one]
        assert not pages or what == "prepare"
