import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from store_samples import book, some_conference, statements

from tmsba.domain.conference.transaction import Change, Transaction, TransactionPage
from tmsba.domain.values import TransactionType
from tmsba.store import SqlStore


def change(conference_id: int, *systems: int, of: TransactionType = TransactionType.NEW) -> Change:
    return Change(conference_id=conference_id, type=of, performed_by_id=1, system_ids=systems)


def log(store: SqlStore, *changes: Change) -> list[int]:
    with store.writing() as uow:
        ids = list(uow.transactions.append(changes))
        uow.commit()
    return ids


def test_changes_come_back_in_order(store: SqlStore) -> None:
    first, second = book(store), book(store)
    ids = log(store, change(second.id, 3, 1, 3), change(first.id))
    ids += log(store, change(first.id, 2, of=TransactionType.DELETED))
    assert ids == sorted(set(ids))
    expected = [
        Transaction(
            id=ids[0], conference_id=2, type=TransactionType.NEW, performed_by_id=1, system_ids=(1, 3)
        ),
        Transaction(id=ids[1], conference_id=1, type=TransactionType.NEW, performed_by_id=1),
        Transaction(
            id=ids[2], conference_id=1, type=TransactionType.DELETED, performed_by_id=1, system_ids=(2,)
        ),
    ]
    with store.reading() as uow:
        since = uow.transactions.since
        assert since(0, limit=3) == TransactionPage(transactions=tuple(expected))
        assert since(0, limit=2) == TransactionPage(transactions=tuple(expected[:2]), is_incomplete=True)
        assert since(ids[0], limit=2) == TransactionPage(transactions=tuple(expected[1:]))
        assert since(ids[2], limit=2) == TransactionPage(transactions=())
        assert since(0, limit=9, system_id=3) == TransactionPage(transactions=(expected[0],))
        assert since(ids[0], limit=9, system_id=3) == TransactionPage(transactions=())


def test_a_conference_knows_its_last_transaction(store: SqlStore) -> None:
    first, second = book(store), book(store)
    ids = log(store, change(first.id), change(second.id), change(first.id, of=TransactionType.UPDATED))
    with store.writing() as uow:
        stored = uow.conferences.get(first.id)
        assert stored is not None
        assert stored.transaction_id == ids[2]
        uow.conferences.update(first)
        assert uow.conferences.get(first.id) == stored
        other = uow.conferences.get(second.id)
        assert other is not None
        assert other.transaction_id == ids[1]


def test_no_changes_leave_no_rows(store: SqlStore) -> None:
    with statements(store) as seen:
        assert log(store) == []
    assert seen == []


@pytest.mark.parametrize("count", [2, 300])
def test_statements_do_not_grow_with_rows(store: SqlStore, count: int, is_sqlite: bool) -> None:
    conferences = [book(store) for _ in range(2)]
    changes = [change(conferences[index % 2].id, 1, 2) for index in range(count)]
    with statements(store) as seen:
        ids = log(store, *changes)
    assert len(seen) == (4 if is_sqlite else 5)
    assert ids == list(range(ids[0], ids[0] + count))
    with store.reading() as uow, statements(store) as seen:
        page = uow.transactions.since(0, limit=count)
    assert len(seen) == 2
    assert [t.conference_id for t in page.transactions] == [c.conference_id for c in changes]


def test_one_who_polls_misses_nothing(store: SqlStore) -> None:
    """Ids increase in the order of commits: what appears later always has a higher id."""
    writers, each = 8, 12
    is_over = threading.Event()

    def write(index: int) -> None:
        for _ in range(each):
            with store.writing() as uow:
                added = uow.conferences.add(some_conference())
                uow.transactions.append([change(added.id, 1 + index), change(added.id)])
                uow.commit()

    def poll() -> list[int]:
        seen: list[int] = []
        while True:
            is_last = is_over.is_set()
            with store.reading() as uow:
                page = uow.transactions.since(seen[-1] if seen else 0, limit=7)
            seen += [transaction.id for transaction in page.transactions]
            if is_last and not page.transactions:
                return seen
            time.sleep(0.001)

    with ThreadPoolExecutor(writers + 2) as pool:
        pollers = [pool.submit(poll) for _ in range(2)]
        for writer in [pool.submit(write, index) for index in range(writers)]:
            writer.result(60)
        is_over.set()
        for poller in pollers:
            assert len(poller.result(60)) == writers * each * 2
