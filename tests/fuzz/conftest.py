import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_installation import prepare
from installation import Installation


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory) -> Path:
    """A folder with a store that has users, systems, a licence and a bridge."""
    installation = Installation(tmp_path_factory.mktemp("prepared"))
    prepare(installation)
    return installation.folder


@pytest.fixture
def prepared(tmp_path, prepared_folder) -> Iterator[Installation]:
    """An installation of the test's own that has everything; nothing runs yet, and no bridge answers."""
    shutil.copytree(prepared_folder, tmp_path, dirs_exist_ok=True)
    installation = Installation(tmp_path)
    try:
        yield installation
    finally:
        installation.stop()
