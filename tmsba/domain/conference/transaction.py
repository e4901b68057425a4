"""The change log that clients replicate from."""

from dataclasses import dataclass
from datetime import datetime

from tmsba.domain.values import TransactionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one conference, before it has a place in the log."""

    conference_id: int
    type: TransactionType
    performed_by_id: int
    #: The systems that take part, or took part before the change.
    system_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A row of the change log. Source: TMSBA guide, GetTransactionsSince."""

    #: Strictly increasing in the order of commits.
    id: int
    conference_id: int
    type: TransactionType
    performed_by_id: int
    system_ids: tuple[int, ...] = ()
    #: The client's own key of the conference, or of the series it belongs to.
    external_source_id: str = ""
    external_primary_key: str = ""
    #: The start that the pattern gives the occurrence; ``None`` for a single conference.
    recurrence_id: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPage:
    """Transactions in ascending order; ``is_incomplete`` when more follow."""

    transactions: tuple[Transaction, ...]
    is_incomplete: bool = False
