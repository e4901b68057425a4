"""The situations in docs/routing.md are decided as it says."""

import pytest
from routing_scenarios import DOCUMENT, SCENARIOS, row_of, table, written

ROWS = {line.split(" | ")[1]: line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_the_situation_is_decided_as_the_document_says(scenario):
    told = " | ".join(row_of(scenario))
    assert ROWS.get(scenario.title, "").endswith(f"| {told} |"), "run 'make scenarios' and read what changed"


def test_the_document_has_all_situations_and_no_others():
    document = DOCUMENT.read_text()
    assert table() in document
    assert written(document) == document


def test_the_situations_differ():
    assert len({scenario.title for scenario in SCENARIOS}) == len(SCENARIOS) >= 24
