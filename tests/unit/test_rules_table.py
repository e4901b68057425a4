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


NAMED = sorted({found for _, _, cover in ROWS for found in TEST.findall(cover)})


@cache
def parsed(path):
    return ast.parse((ROOT / path).read_text())


@cache
def defined_in(path):
    """The tests of a file by name."""
    found = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef))
    return {node.name: node for node in found if node.name.startswith("test_")}


def marks_of(path, test):
    """The marks of a test and of its file."""
    of_file = [
        node.value
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    texts = (ast.unparse(found) for found in (*of_file, *test.decorator_list))
    return {mark for text in texts for mark in re.findall(r"pytest\.mark\.(\w+)", text)}


def can_fail(path, test, depth=3):
    """Whether a test, or a function or method of its file that it calls, asserts or expects something."""
    functions = {node.name: node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("pytest.raises", "refused", "check"):
                return True
            called = name.rpartition(".")[2]
            if depth and called in functions and can_fail(path, functions[called], depth - 1):
                return True
    return False


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


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_covers_a_rule_exists_runs_each_time_and_can_fail(path, name):
    assert (ROOT / path).exists(), path
    assert name in defined_in(path)
    test = defined_in(path)[name]
    assert not marks_of(path, test) & {"long", "skip", "skipif", "xfail"}
    assert can_fail(path, test)


def test_no_rule_names_a_test_twice():
    for _, rule, cover in ROWS:
        found = TEST.findall(cover)
        assert len(set(found)) == len(found), rule


def test_no_rule_stands_twice():
    counted = Counter((heading, rule.lower()) for heading, rule, _ in ROWS)
    assert [row for row, number in counted.items() if number > 1] == []


def test_the_counts_at_the_top_are_those_of_the_table():
    waiting = sum(bool(OPEN.fullmatch(cover)) for _, _, cover in ROWS)
    assert f"{len(ROWS)} rules, {len(ROWS) - waiting} with tests, {waiting} not offered yet." in TABLE
