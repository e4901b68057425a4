import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from tmsba.cli import main
from tmsba.simulator import Simulator

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def undisturbed_logging() -> Iterator[None]:
    """Commands set logging up for their whole process; other tests keep theirs."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**kept)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables and no database but the test's own."""
    for name in [name for name in os.environ if name.startswith("TMSBA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tmsba.store.sql import schema

    path = tmp_path_factory.mktemp("cli") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def run_without_tables() -> Run:
    """Run a command in an empty working directory."""

    def run(*arguments: str, stdin: str = "") -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def run(run_without_tables: Run, database_template: Path, tmp_path: Path) -> Run:
    """Run a command; the database in the working directory has its tables."""
    shutil.copy(database_template, tmp_path / "tmsba.db")
    return run_without_tables


@pytest.fixture
def bridge() -> Iterator[Simulator]:
    with Simulator(username="api", password="bridge-pass") as simulator:
        yield simulator
