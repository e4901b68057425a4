"""The audit log: rows are added, found and pruned by age, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from store_samples import NOON, statements

from tmsba.domain.people.audit import LONGEST_TEXT, AuditAction, AuditEntry, AuditFilter
from tmsba.store import SqlStore

HOUR = timedelta(hours=1)
FIRST = AuditEntry(
    at=NOON,
    who="EXAMPLE\\Ann",
    origin="192.0.2.7",
    action=AuditAction.GROUP_CHANGED,
    subject="group Users",
    detail="book",
)
SECOND = AuditEntry(
    at=NOON + HOUR,
    who="bob",
    origin="192.0.2.8",
    action=AuditAction.LOGIN_FAILED,
    subject="100%_sure",
    count=10,
)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    with store.writing() as uow:
        uow.audit.append(FIRST)
        uow.audit.append(SECOND)
        uow.commit()
    return store


def found(store: SqlStore, limit: int = 10, **wanted: object) -> list[str]:
    with store.reading() as uow:
        return [entry.who for entry in uow.audit.find(AuditFilter(**wanted), limit=limit)]


def test_entries_come_back_newest_first(filled: SqlStore) -> None:
    with filled.reading() as uow, statements(filled) as seen:
        newest, oldest = uow.audit.find(AuditFilter(), limit=10)
    assert len(seen) == 1
    assert (oldest.at, oldest.who, oldest.origin, oldest.action) == (
        NOON,
        "EXAMPLE\\Ann",
        "192.0.2.7",
        FIRST.action,
    )
    assert (oldest.subject, oldest.detail, oldest.count) == ("group Users", "book", 1)
    assert (newest.count, newest.id > oldest.id) == (10, True)


@pytest.mark.parametrize(
    ("wanted", "who"),
    [
        ({"limit": 1}, ["bob"]),
        ({"since": NOON + HOUR}, ["bob"]),
        ({"until": NOON + HOUR}, ["EXAMPLE\\Ann"]),
        ({"who": "ample\\ANN"}, ["EXAMPLE\\Ann"]),
        ({"who": "%"}, []),
        ({"action": AuditAction.LOGIN_FAILED}, ["bob"]),
        ({"subject": "GROUP"}, ["EXAMPLE\\Ann"]),
        ({"subject": "0%_s"}, ["bob"]),
        ({"subject": "0_s"}, []),
        ({"who": "bob", "action": AuditAction.GROUP_CHANGED}, []),
    ],
)
def test_entries_are_found_by_what_they_say(
    filled: SqlStore, wanted: dict[str, object], who: list[str]
) -> None:
    assert found(filled, **wanted) == who


def test_what_strangers_send_is_cut_and_made_printable(store: SqlStore) -> None:
    entry = AuditEntry(
        at=NOON, who="a\0b\x1b[31m\nc", origin="", action=AuditAction.LOGIN_FAILED, detail="x" * 10_000
    )
    with store.writing() as uow:
        uow.audit.append(entry)
        [stored] = uow.audit.find(AuditFilter(), limit=1)
    assert stored.who == "a?b?[31m?c"
    assert len(stored.detail) == LONGEST_TEXT
    assert stored.detail.endswith("x…")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'somebody else'",
        "UPDATE audit_log SET count = 2 WHERE who = 'bob'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE who = 'bob'",
    ],
)
def test_the_database_refuses_to_change_or_delete_entries(filled: SqlStore, statement: str) -> None:
    with filled.writing() as uow, pytest.raises(Exception, match=r"append-only|same moment"):
        uow.connection.execute(text(statement))
    assert found(filled) == ["bob", "EXAMPLE\\Ann"]


def test_postgresql_refuses_to_empty_the_log(filled: SqlStore, is_sqlite: bool) -> None:
    if is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    with filled.writing() as uow, pytest.raises(Exception, match="append-only"):
        uow.connection.execute(text("TRUNCATE audit_log"))
    assert len(found(filled)) == 2


def test_pruning_deletes_what_is_older_and_nothing_else(filled: SqlStore) -> None:
    with filled.writing() as uow:
        assert uow.audit.prune(NOON) == 0
        assert uow.audit.prune(NOON + HOUR) == 1
        uow.commit()
    assert found(filled) == ["bob"]
    with filled.writing() as uow, pytest.raises(Exception, match=r"append-only|same moment"):
        uow.connection.execute(text("DELETE FROM audit_log"))


def test_while_old_entries_are_pruned_newer_ones_cannot_be_deleted(filled: SqlStore) -> None:
    limit = "INSERT INTO audit_pruning (before_at) VALUES (:before)"
    before = (NOON + HOUR).replace(tzinfo=None).isoformat(" ", timespec="microseconds")
    with filled.writing() as uow:
        uow.connection.execute(text(limit), {"before": before})
        with pytest.raises(Exception, match=r"append-only|same moment"):
            uow.connection.execute(text("DELETE FROM audit_log"))
    assert len(found(filled)) == 2
