"""Call detail records that bridges send: which of them are new, and how many got lost.

A bridge counts the records of one receiver from 1 as long as it runs; such a run is a session. What was not
acknowledged is sent again, and records that could not be kept for us are skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

#: Kinds of records that tell that somebody came, went or changed, or that a call did.
CALL_KINDS = frozenset({"callstart", "callend", "calllegstart", "calllegupdate", "calllegend"})
LEG_END = "calllegend"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One record, as far as it is of use to us."""

    #: In lower case, such as ``calllegend``.
    kind: str
    #: Its place among the records of this receiver, from 1 on; ``None`` when the bridge does not tell.
    index: int | None = None
    #: Its place among all records of the bridge, whoever receives them; ``None`` on old bridges.
    correlator: int | None = None
    call_id: str | None = None
    call_leg_id: str | None = None
    #: Why a call leg ended, in the bridge's words.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSession:
    """What came of one run of a bridge."""

    bridge_id: int
    id: str
    last_at: datetime
    last_index: int = 0
    last_correlator: int = -1
    received: int = 0
    #: Records that came more than once.
    duplicates: int = 0
    #: Records that never came.
    missing: int = 0


def sort_out(
    session: RecordSession, records: Sequence[CallRecord], now: datetime
) -> tuple[RecordSession, list[CallRecord]]:
    """The session after these records, and those of them that had not come before.

    A receiver that was set up anew counts from 1 again in the same session; the bridge's own count tells that
    from a repetition.
    """
    fresh = []
    for record in records:
        if _is_repeated(session, record):
            session = replace(session, duplicates=session.duplicates + 1)
            continue
        index, before = record.index or session.last_index, session.last_index
        correlator = session.last_correlator if record.correlator is None else record.correlator
        session = replace(
            session,
            last_index=index,
            last_correlator=max(session.last_correlator, correlator),
            received=session.received + 1,
            missing=session.missing + max(index - before - 1, 0),
        )
        fresh.append(record)
    return replace(session, last_at=now), fresh


def _is_repeated(session: RecordSession, record: CallRecord) -> bool:
    if record.index is None or record.index > session.last_index:
        return False
    return record.correlator is None or record.correlator <= session.last_correlator
