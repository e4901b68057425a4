"""What a client of any version reads and saves back changes nothing, whatever went before."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

import pytest
from office import Office, furnish, furnish_at
from round_trips import History

from tmsba.store.sql import schema

STEPS = 14

Offices = Callable[[], AbstractContextManager[Office]]


@pytest.fixture(scope="module")
def offices_on_sqlite(tmp_path_factory) -> Offices:
    folder = tmp_path_factory.mktemp("round-trips")
    template = folder / "template.db"
    schema.upgrade(f"sqlite:///{template}")

    @contextmanager
    def made() -> Iterator[Office]:
        office = furnish(template, folder)
        yield office
        office.store.dispose()
        for path in folder.glob("office.db*"):
            path.unlink()

    return made


@pytest.fixture
def offices_on_postgresql(postgres) -> Offices:
    @contextmanager
    def made() -> Iterator[Office]:
        url = postgres.create_migrated_database()
        office = furnish_at(url)
        yield office
        office.store.dispose()
        postgres.drop_database(url)

    return made


def live_through(offices: Offices, seed: int) -> int:
    """How many objects a random history saved back."""
    with offices() as office:
        history = History(office, Random(seed), [f"history {seed}"])
        history.begin()
        for _ in range(STEPS):
            history.step()
            history.check()
            history.check()
        history.check_file()
        history.check_zeep()
        return history.round_trips


#: Histories that once ended in a change: the clock steps back in them, over meetings that have ended.
FORMER_TROUBLE = (64819963, 532054201, 70052)


@pytest.mark.parametrize("seed", [*range(2), *FORMER_TROUBLE])
def test_a_conference_that_is_read_and_saved_back_stays_as_it_is(offices_on_sqlite, seed):
    assert live_through(offices_on_sqlite, seed) > 0


@pytest.mark.parametrize("seed", [24])
def test_a_conference_stays_as_it_is_in_postgresql_too(offices_on_postgresql, seed):
    assert live_through(offices_on_postgresql, seed) > 0


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_random_histories_survive_reading_and_saving_back(kind, request):
    offices = request.getfixturevalue(f"offices_on_{kind}")
    start = Random().randrange(10**9)
    done = sum(live_through(offices, seed) for seed in range(start, start + 500))
    assert done > 5000
