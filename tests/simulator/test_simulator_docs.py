"""What docs/simulator.md must say about the simulator."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tmsba.simulator import Simulator, api, orders, parties
from tmsba.simulator.control import Control
from tmsba.simulator.faults import _SETTINGS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text()


def documented() -> Iterator[tuple[str, frozenset[str]]]:
    """The nodes of the table with their methods, in lower case and with {} for an identifier."""
    for row in re.findall(r"^\| (`[a-zA-Z/<>*, `]+) \| (.*) \|$", TEXT, re.MULTILINE):
        collection, _, single = row[1].partition("; of one:")
        for node in re.findall("`([^`]+)`", row[0]):
            name = node.lower().replace("<id>", "{}")
            yield name, frozenset(re.findall("[A-Z]{3,}", collection))
            if single:
                yield f"{name}/{{}}", frozenset(re.findall("[A-Z]{3,}", single))


def test_every_node_is_documented_with_its_methods_and_none_is_made_up() -> None:
    offered = {("/".join(pattern), frozenset(methods)) for pattern, methods in api._ROUTES.items()}
    assert set(documented()) - {row for row in documented() if row[0].startswith("/")} == offered


def test_every_resource_of_the_side_door_is_documented() -> None:
    simulator = Simulator()
    pages = {"/", "/page.css", "/page.js", "/page.svg"}
    for resource in Control(simulator, [simulator]).resources - pages:
        assert f"| `{resource}` |" in TEXT


@pytest.mark.parametrize("word", [*orders.RESOURCES, *sorted(_SETTINGS), *parties.OUTCOMES])
def test_every_word_of_an_order_is_documented(word: str) -> None:
    assert re.search(f"`{word}[`=]", TEXT)
