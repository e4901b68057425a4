"""The store: where units of work come from."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tmsba.store.sql import errors
from tmsba.store.sql.engine import Limits, build_engine, for_reading, for_writing, is_postgresql
from tmsba.store.sql.secrets import NoSecretBox, SecretBox, use_box
from tmsba.store.unit_of_work import SqlUnitOfWork


def create_store(
    url: str, *, secret_box: SecretBox | None = None, limits: Limits | None = None
) -> "SqlStore":
    """A store over a database; it connects when it is first used.

    Args:
        url: ``sqlite:///path``, ``sqlite:///:memory:`` or ``postgresql://user@host/name``.
        secret_box: Seals passwords of bridges and of WebEx; without it they can be neither stored nor read.
        limits: How long to wait for the database.

    Raises:
        ValueError: it is no URL, or names another kind of database.
    """
    return SqlStore(build_engine(url, limits), secret_box or NoSecretBox(), limits)


class SqlStore:
    """Implements ``tmsba.ports.work.Store`` over an engine from ``build_engine``."""

    def __init__(self, engine: Engine, secret_box: SecretBox, limits: Limits | None = None) -> None:
        self.engine = engine
        self._reader = for_reading(engine)
        self._writer = for_writing(engine)
        self._secret_box = secret_box
        use_box(engine.dialect, secret_box)
        # SQLite has one writer at a time, and whoever finds it busy looks again after a sleep. The threads of
        # a process take turns here instead, and only processes meet there.
        self._turn = None if is_postgresql(engine) else threading.Lock()
        self._wait_s = (limits or Limits()).lock_wait_s

    @contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        """A unit of work that only reads, and sees one state of the database throughout.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late.
        """
        with self._begin(self._reader) as unit_of_work:
            yield unit_of_work

    @contextmanager
    def writing(self) -> Iterator[SqlUnitOfWork]:
        """A unit of work that writes; on leaving without ``commit`` it is rolled back.

        Raises:
            DatabaseDown: the database does not answer.
            ServerBusy: it answered too late, or another writer holds it.
        """
        with self._waiting_for_turn(), self._begin(self._writer) as unit_of_work:
            yield unit_of_work

    def dispose(self, *, close: bool = True) -> None:
        """Let go of all connections; the next unit of work opens new ones.

        Args:
            close: Off in a process that was just forked: the connections still belong to its parent.
        """
        self.engine.dispose(close=close)
        if not close and self._turn is not None:
            self._turn = threading.Lock()  # whoever held it is not in this process

    @contextmanager
    def _waiting_for_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._wait_s):
            raise errors.busy()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _begin(self, engine: Engine) -> Iterator[SqlUnitOfWork]:
        try:
            connection = engine.connect()
        except PoolTimeout as error:
            raise errors.busy() from error
        with connection, connection.begin() as transaction:
            yield SqlUnitOfWork(connection, transaction, self._secret_box)
            if transaction.is_active:
                transaction.rollback()
