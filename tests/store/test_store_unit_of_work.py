import os
import threading
import warnings
from contextlib import suppress

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import InvalidRequestError
from store_samples import at_once, book, booked_or_lost, furnish, hours, open_store

from tmsba.domain.errors import DatabaseDown, ServerBusy
from tmsba.store import SqlStore, create_store
from tmsba.store.sql import schema
from tmsba.store.sql.engine import build_engine


def test_without_commit_nothing_lasts(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.settings.put("name", "value")
    with store.reading() as uow:
        assert uow.settings.all() == {}


def test_an_error_rolls_back(store: SqlStore) -> None:
    def fail() -> None:
        with store.writing() as uow:
            uow.settings.put("name", "value")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.writing() as uow:
        assert uow.settings.all() == {}


def test_after_commit_the_unit_of_work_is_over(store: SqlStore) -> None:
    with store.writing() as uow:
        uow.settings.put("name", "value")
        uow.commit()
        with pytest.raises(InvalidRequestError):
            uow.settings.all()
    with store.reading() as uow:
        assert uow.settings.all() == {"name": "value"}


def test_a_reader_sees_one_state_throughout(store: SqlStore) -> None:
    with store.reading() as reader:
        assert reader.settings.all() == {}
        with store.writing() as writer:
            writer.settings.put("name", "value")
            writer.commit()
        assert reader.settings.all() == {}
    with store.reading() as reader:
        assert reader.settings.all() == {"name": "value"}


def test_a_reader_cannot_write(store: SqlStore) -> None:
    with store.reading() as uow, pytest.raises(DatabaseDown, match="takes no changes"):
        uow.settings.put("name", "value")
    with store.writing() as uow:
        uow.settings.put("name", "value")
        uow.commit()


def test_readers_do_not_wait_for_writers(store: SqlStore) -> None:
    with store.writing() as writer:
        writer.settings.put("name", "value")
        with store.reading() as reader:
            assert reader.settings.all() == {}


def test_a_locked_conference_waits_for_its_writer(store: SqlStore) -> None:
    first = book(store)
    is_locked, order = threading.Event(), []

    def run(index: int) -> None:
        if index:
            assert is_locked.wait(20)
        with store.writing() as uow:
            found = uow.conferences.get_for_update(first.id)
            is_locked.set()
            assert found is not None
            uow.connection.execute(text("UPDATE occurrence SET version = :new"), {"new": found.version + 1})
            order.append(found.version)
            uow.commit()

    at_once(2, run)
    assert order == [1, 2]


def test_a_store_connects_only_when_it_is_used() -> None:
    create_store("postgresql://nobody@127.0.0.1:1/nothing").dispose()
    create_store("sqlite:////no/such/folder/tmsba.db").dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_mean_the_same(scheme: str) -> None:
    engine = build_engine(f"{scheme}://ann:secret@db.example.com/tmsba")
    assert engine.url.drivername == "postgresql+psycopg"
    assert "secret" not in repr(engine)


def test_options_of_the_url_are_kept() -> None:
    parameters = {}

    class Stop(Exception):
        pass

    def look(_dialect, _record, _arguments, given) -> None:
        parameters.update(given)
        raise Stop

    engine = build_engine(
        "postgresql://db.example.com/tmsba?options=-c%20search_path%3Dother&sslmode=require"
    )
    event.listen(engine, "do_connect", look)
    with pytest.raises(Stop):
        engine.connect()
    assert parameters["options"].endswith("-c search_path=other")
    assert "lock_timeout=30000" in parameters["options"]
    assert parameters["sslmode"] == "require"


def test_a_url_that_is_none_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="cannot be read") as refusal:
        create_store("postgresql//ann:secret@db/tmsba")
    assert "secret" not in str(refusal.value)


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="mysql databases are not supported"):
        create_store("mysql://localhost/tmsba")


def test_a_database_in_memory_serves_many_threads() -> None:
    store = open_store("sqlite:///:memory:")
    schema.upgrade(store.engine)
    furnish(store)
    assert sum(at_once(4, lambda _: booked_or_lost(store, 1))) == 1
    with store.reading() as uow:
        assert len(uow.conferences.clashes_in([1], [hours(0, 1)])) == 1
    store.dispose()


def test_a_child_process_opens_connections_of_its_own(store: SqlStore, is_sqlite: bool) -> None:
    """The parent's go on, although the child lets go of them."""
    with store.reading() as uow:
        uow.settings.all()
    if is_sqlite:
        store.dispose()  # SQLite forbids to carry an open file into a child
    child = _fork()
    if not child:
        status = 1
        with suppress(BaseException):
            store.dispose(close=False)
            with store.writing() as uow:
                uow.settings.put("from", "child")
                uow.commit()
            status = 0
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with store.reading() as uow:
        assert uow.settings.all() == {"from": "child"}


def _fork() -> int:
    with warnings.catch_warnings():
        # Threads of other tests' pools may still be there; the child starts none and takes no lock of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def test_a_second_writer_is_told_to_come_back(url: str, store: SqlStore) -> None:
    book(store)
    hasty = open_store(url, lock_wait_s=0.2)
    with store.writing() as uow:
        assert uow.conferences.get_for_update(1) is not None
        with pytest.raises(ServerBusy, match="repeat"), hasty.writing() as second:
            second.conferences.get_for_update(1)
    hasty.dispose()


def test_too_few_connections_mean_busy(url: str, store: SqlStore) -> None:
    small = open_store(url, pool_size=1, pool_overflow=0, pool_wait_s=0.1)
    with small.reading(), pytest.raises(ServerBusy, match="busy"), small.reading():
        pass
    small.dispose()


def test_a_database_that_is_not_there_is_down(is_sqlite: bool) -> None:
    url = "sqlite:////no/such/folder/tmsba.db" if is_sqlite else "postgresql://nobody@127.0.0.1:1/nothing"
    store = open_store(url)
    with pytest.raises(DatabaseDown, match="does not answer"), store.reading():
        pass
    store.dispose()


def test_work_goes_on_when_a_lost_connection_is_replaced(store: SqlStore, is_sqlite: bool) -> None:
    if is_sqlite:
        pytest.skip("a file has no connections to lose")
    with store.writing() as uow:
        uow.settings.put("name", "value")
        with pytest.raises(DatabaseDown):
            uow.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with store.reading() as uow:
        assert uow.settings.all() == {}


def test_connections_that_were_lost_while_nobody_used_them_are_replaced(
    store: SqlStore, is_sqlite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_sqlite:
        pytest.skip("a file has no connections to lose")
    with store.writing() as first, store.writing() as second:
        own = [
            uow.connection.execute(text("SELECT pg_backend_pid()")).scalar_one() for uow in (first, second)
        ]
    other = open_store(store.engine.url.render_as_string(hide_password=False))
    with other.writing() as uow:
        for pid in own:
            uow.connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()
    monkeypatch.setattr("tmsba.store.sql.engine._IDLE_S", 0)
    with store.reading() as first, store.reading() as second:
        assert (first.settings.all(), second.settings.all()) == ({}, {})
