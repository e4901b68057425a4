"""Node's package "soap" books with our WSDL."""

import pytest
from client_story import HERE, arguments_of, check, new_slot, program, run, told_by

FOLDER = HERE / "node"


@pytest.fixture(scope="module")
def node() -> str:
    node = program("node", "Node.js 20 or newer is needed")
    version = run([node, "--version"]).strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"Node.js is {version}; Node.js 20 or newer is needed.")
    if not (FOLDER / "node_modules" / "soap").is_dir():
        pytest.skip("Node's package soap is missing; tests/clients/install.sh installs it.")
    return node


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_node_books_a_conference(node, server, version):
    slot = new_slot()
    check(told_by([node, "story.js", *arguments_of(server, slot, version)], folder=FOLDER), slot)
