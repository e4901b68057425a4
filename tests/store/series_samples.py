"""Helpers that the tests of series share."""

from dataclasses import replace

from sqlalchemy import text
from store_samples import (
    hours,
    route,
    some_series,
    with_date,
    with_systems,
)

from tmsba.domain.conference.details import Participant
from tmsba.domain.conference.series import Series
from tmsba.domain.values import ParticipantKind
from tmsba.store import SqlStore

GUEST = Participant(id=1, kind=ParticipantKind.SIP_VIDEO_OUT, name_or_number="x@example.com", email="x@e.com")


def stored_series(store: SqlStore, conference_id: int) -> Series | None:
    with store.reading() as uow:
        return uow.conferences.series_of(conference_id)


def save(store: SqlStore, before: Series, after: Series) -> Series:
    with store.writing() as uow:
        saved = uow.conferences.update_series(before, after)
        uow.commit()
    return saved


def rows_in(store: SqlStore, table: str) -> int:
    with store.reading() as uow:
        return uow.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def mixed_series() -> Series:
    """One date like the series, one at another time, one with another title, one with other people."""
    series = some_series(1, 2, count=4)
    series = replace(series, participants=(*series.participants, GUEST))
    dates = tuple(replace(date, participants=series.participants) for date in series.occurrences)
    series = with_date(replace(series, occurrences=dates), 1, period=hours(25, 27))
    series = with_date(series, 2, title="Größe — 大会 🎥", route=route(2, number=90002))
    return with_date(series, 3, participants=(GUEST, *with_systems(3)), owner_id=2)
