"""The table of the guide's rules: each has a test that exists, or says what it waits for."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "rules.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
OPEN = re.compile(r"not offered yet: \S.+")


def rows():
    """Each rule with its heading and the cell of its tests."""
    heading = ""
    for line in TABLE.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|") and not line.startswith(("| --- ", "| Rule ")):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            assert len(cells) == 2, line
            yield heading, *cells


ROWS = list(rows())


@cache
def defined_in(path):
    """The names of the tests of a file."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text()))
    return {
        node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_table_has_rules_of_every_chapter():
    headings = [line[3:] for line in TABLE.splitlines() if line.startswith("## ")]
    assert headings == [
        "API Overview",
        "Using the APIs",
        "Remote Setup API Reference",
        "Booking API Reference",
        "Error Codes and Error Handling",
        "Code Examples",
    ]
    assert len(ROWS) > 200


@pytest.mark.parametrize(("heading", "rule", "cover"), ROWS, ids=[rule[:40] for _, rule, _ in ROWS])
def test_a_rule_has_tests_or_waits_for_a_feature(heading, rule, cover):
    assert heading
    assert rule.endswith(".")
    assert OPEN.fullmatch(cover) or all(TEST.fullmatch(one) for one in cover.split("<br>")), cover


def test_every_test_that_covers_a_rule_exists():
    named = {found for _, _, cover in ROWS for found in TEST.findall(cover)}
    assert named
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (ROOT / path).exists() or name not in defined_in(path)
    ]
    assert missing == []


def test_no_rule_stands_twice():
    counted = Counter((heading, rule.lower()) for heading, rule, _ in ROWS)
    assert [row for row, number in counted.items() if number > 1] == []


def test_the_counts_at_the_top_are_those_of_the_table():
    waiting = sum(bool(OPEN.fullmatch(cover)) for _, _, cover in ROWS)
    assert f"{len(ROWS)} rules, {len(ROWS) - waiting} with tests, {waiting} not offered yet." in TABLE
