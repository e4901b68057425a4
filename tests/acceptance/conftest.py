import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from installation import Installation, start_bridge

from tmsba.simulator import Simulator


@dataclass
class House:
    """An installation with one bridge, at work."""

    installation: Installation
    bridge: Simulator


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator[House]:
    bridge = start_bridge()
    installation = Installation(tmp_path_factory.mktemp("house"))
    try:
        installation.seed()
        installation.add_bridge(bridge.url)
        installation.serve()
        yield House(installation, bridge)
    finally:
        installation.stop()
        bridge.stop()


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory) -> Path:
    """A folder with a store that has users, systems and a licence."""
    installation = Installation(tmp_path_factory.mktemp("seeded"))
    installation.seed()
    return installation.folder


@pytest.fixture
def new_installation(tmp_path, seeded_folder) -> Iterator[Installation]:
    """An installation of the test's own, seeded; nothing runs yet."""
    shutil.copytree(seeded_folder, tmp_path, dirs_exist_ok=True)
    installation = Installation(tmp_path)
    try:
        yield installation
    finally:
        installation.stop()
