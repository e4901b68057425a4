from dataclasses import replace

import pytest
from store_samples import HOUR, NOON, at_once

from tmsba.ports.administration import Ticket
from tmsba.store import SqlStore


def test_one_ticket_is_open_for_each_problem(store: SqlStore) -> None:
    with store.writing() as uow:
        tickets = uow.tickets
        assert tickets.open("bridge 1", "unreachable", "no answer", NOON)
        assert not tickets.open("bridge 1", "unreachable", "still no answer", NOON + HOUR)
        assert tickets.open("bridge 1", "password", "refused", NOON + HOUR)
        first = Ticket(id=1, subject="bridge 1", kind="unreachable", text="still no answer", opened_at=NOON)
        assert [ticket.kind for ticket in tickets.all()] == ["password", "unreachable"]
        assert tickets.all()[1] == first
        assert tickets.close("bridge 1", "unreachable", NOON + 2 * HOUR)
        assert not tickets.close("bridge 1", "unreachable", NOON + 3 * HOUR)
        assert tickets.all(is_open=False) == [replace(first, closed_at=NOON + 2 * HOUR)]
        assert tickets.open("bridge 1", "unreachable", "again", NOON + 4 * HOUR)
        assert [ticket.text for ticket in tickets.all()] == ["again", "refused"]
        assert [ticket.text for ticket in tickets.all(is_open=None)] == [
            "again",
            "refused",
            "still no answer",
        ]


def test_a_ticket_opened_by_many_is_opened_once(store: SqlStore) -> None:
    def run(index: int) -> bool:
        with store.writing() as uow:
            is_new = uow.tickets.open("bridge 1", "unreachable", f"{index}", NOON)
            uow.commit()
        return is_new

    assert sum(at_once(8, run)) == 1


def test_a_setting_is_replaced(store: SqlStore) -> None:
    with store.writing() as uow:
        assert uow.settings.all() == {}
        uow.settings.put("title", "one")
        uow.settings.put("title", "two")
        uow.settings.put("other", "")
        assert uow.settings.all() == {"title": "two", "other": ""}


def test_naive_times_are_refused(store: SqlStore) -> None:
    with store.writing() as uow, pytest.raises(Exception, match="no time zone"):
        uow.tickets.open("bridge 1", "unreachable", "", NOON.replace(tzinfo=None))
