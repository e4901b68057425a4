"""How conferences were routed is kept with them."""

from dataclasses import replace

from series_samples import rows_in, save
from store_samples import NOON, book, book_series, hours, route, some_series, statements

from tmsba.domain.conference.decision import Decision, Need, Verdict, Via
from tmsba.domain.conference.series import Series
from tmsba.domain.routing.reasons import Chosen, NeedReason
from tmsba.store import SqlStore


def decided(number: int, *, hour: float = -1) -> Decision:
    """A decision that tells itself from others by the number that was chosen."""
    verdict = Verdict(
        bridge_id=1, bridge="core1", reason=Chosen.ONLY_ONE.because(number=number), is_chosen=True
    )
    need = Need(via=Via.BRIDGE, steps=(NeedReason.FROM_OUTSIDE.because(),))
    return Decision(decided_at=hours(hour, 0).start, need=need, verdicts=(verdict,))


def kept(store: SqlStore, conference_id: int) -> Decision | None:
    with store.reading() as uow:
        return uow.conferences.decision(conference_id)


def series_with(*numbers: int) -> Series:
    """A series whose dates got these numbers; dates with the same number were decided together."""
    decisions = {number: decided(number) for number in numbers}
    series = some_series(1, count=len(numbers))
    dates = [
        replace(date, decision=decisions[number])
        for date, number in zip(series.occurrences, numbers, strict=True)
    ]
    return replace(series, occurrences=tuple(dates))


def test_a_decision_is_kept_replaced_and_left_alone(store: SqlStore) -> None:
    first = book(store, route=route(1), decision=decided(90001))
    assert kept(store, first.id) == decided(90001)
    assert kept(store, first.id + 1) is None
    for after, expected in ((None, decided(90001)), (decided(90002), decided(90002))):
        with store.writing() as uow:
            uow.conferences.update(replace(first, version=first.version + 1, decision=after))
            uow.commit()
        assert kept(store, first.id) == expected
    assert rows_in(store, "route_decision") == 1


def test_a_meeting_that_ended_in_the_second_it_was_booked_in_keeps_its_decision(store: SqlStore) -> None:
    decision = decided(90001)
    booked = book(store, route=route(1), decision=decision, at=hours(-2, -1.5))
    assert booked.period.end < decision.decided_at
    assert kept(store, booked.id) == decision


def test_a_conference_that_is_read_brings_no_decision_along(store: SqlStore) -> None:
    first = book(store, route=route(1), decision=decided(90001))
    with store.reading() as uow:
        stored = uow.conferences.get(first.id)
    assert stored is not None
    assert stored.decision is None


def test_dates_that_were_decided_together_share_a_row(store: SqlStore) -> None:
    series = book_series(store, series_with(90001, 90001, 90002, 90001))
    assert [kept(store, date.id) for date in series.occurrences] == [
        decided(number) for number in (90001, 90001, 90002, 90001)
    ]
    assert rows_in(store, "route_decision") == 2


def test_a_series_that_is_saved_again_has_the_new_decisions_alone(store: SqlStore) -> None:
    series = book_series(store, series_with(90001, 90002, 90001))
    new = decided(90003, hour=-0.5)
    dates = tuple(replace(date, version=2, decision=new) for date in series.occurrences)
    saved = save(store, series, replace(series, occurrences=dates))
    assert [kept(store, date.id) for date in saved.occurrences] == [new] * 3
    assert rows_in(store, "route_decision") == 1


def test_a_date_that_is_saved_by_itself_leaves_the_others_theirs(store: SqlStore) -> None:
    series = book_series(store, series_with(90001, 90001, 90001))
    first, *others = (replace(date, decision=None) for date in series.occurrences)
    for number in (90002, 90003):
        changed = replace(first, version=first.version + 1, decision=decided(number))
        series = save(store, series, replace(series, occurrences=(changed, *others)))
        assert kept(store, first.id) == decided(number)
    assert [kept(store, date.id) for date in others] == [decided(90001)] * 2
    assert rows_in(store, "route_decision") == 2


def test_a_date_that_leaves_its_series_keeps_its_decision(store: SqlStore) -> None:
    series = book_series(store, series_with(90001, 90002, 90001))
    for date in series.occurrences[:2]:
        with store.writing() as uow:
            details = replace(date.details, external_primary_key=f"own {date.id}")
            uow.conferences.detach(replace(date, details=details, series=None, decision=None))
            uow.commit()
    assert [kept(store, date.id) for date in series.occurrences] == [
        decided(number) for number in (90001, 90002, 90001)
    ]


def test_what_was_over_when_its_series_was_decided_anew_has_no_decision(store: SqlStore) -> None:
    series = book_series(store, series_with(90001, 90001))
    over, to_come = series.occurrences
    late = replace(decided(90002), decided_at=over.period.end)
    other = replace(to_come, id=0, period=hours(100, 101), decision=late)
    dates = (replace(over, decision=None), replace(to_come, version=2, decision=late), other)
    save(store, series, replace(series, occurrences=dates))
    assert kept(store, over.id) is None
    assert kept(store, to_come.id) == late


def test_a_series_takes_one_statement_for_its_decisions_and_a_question_one(store: SqlStore) -> None:
    with store.writing() as uow, statements(store) as without:
        uow.conferences.add_series(some_series(1, count=50))
    with store.writing() as uow, statements(store) as with_decisions:
        uow.conferences.add_series(series_with(*[90001] * 49, 90002))
    assert len(with_decisions) == len(without) + 1
    first = book(store, at=hours(5000, 5001), decision=replace(decided(90001), decided_at=NOON))
    with store.reading() as uow, statements(store) as asked:
        assert uow.conferences.decision(first.id) is not None
    assert len(asked) == 1
