"""Column types that bring domain values in and out."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from tmsba.domain.time.times import check_aware

_WITHOUT_OFFSET = len("2026-01-29 12:00:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC: ``timestamptz`` in PostgreSQL, text of a fixed width in SQLite.

    The text sorts and compares as the instants do, which the guard triggers of SQLite lean on.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the database at hand."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """On the way in; a naive time is refused with ``ValueError``."""
        if value is None:
            return None
        moment = check_aware(value)
        if dialect.name == "postgresql":
            return moment
        return moment.isoformat(" ", "microseconds")[:_WITHOUT_OFFSET]

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """On the way out."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return check_aware(value)
        return datetime.fromisoformat(value).replace(tzinfo=UTC)


class TextEnum(TypeDecorator[Enum]):
    """An enumeration kept as the text of its value; each column has a CHECK that lists them."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> Any:  # noqa: ARG002 - the hook's shape
        """On the way in; a value of another type is refused with ``ValueError``."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Enum | None:  # noqa: ARG002 - the hook's shape
        """On the way out."""
        return None if value is None else self.kind(value)


class NumberEnum(TextEnum):
    """An enumeration whose values are numbers."""

    impl = Integer
    cache_ok = True
