"""What a client of any version reads and saves back changes nothing, whatever went before."""

from pathlib import Path
from random import Random

import pytest
from office import furnish
from round_trips import History

from tmsba.store import schema

STEPS = 14


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("round-trips") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


def live_through(template: Path, folder: Path, seed: int) -> int:
    folder.mkdir()
    office = furnish(template, folder)
    history = History(office, Random(seed), [f"history {seed}"])
    # A deleted series is read with a negative id: -1 would be a new one.
    history.book_single()
    try:
        for _ in range(STEPS):
            history.step()
            history.check()
            history.check()
    finally:
        office.store.dispose()
    return history.round_trips


@pytest.mark.parametrize("seed", range(24))
def test_a_conference_that_is_read_and_saved_back_stays_as_it_is(template, tmp_path, seed):
    assert live_through(template, tmp_path / "history", seed) > 0


@pytest.mark.long
def test_random_histories_survive_reading_and_saving_back(template, tmp_path):
    start = Random().randrange(10**9)
    done = sum(live_through(template, tmp_path / str(seed), seed) for seed in range(start, start + 500))
    assert done > 5000
