"""Call detail records, which a bridge sends by itself.

Source: CMS API reference, 10.4; Call Detail Records Guide (session, recordIndex, correlatorIndex).
"""

from dataclasses import dataclass

from tmsba.cms.wire.answers import Node, read_list

#: The longest word that we take from a record; ids have 36 characters.
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRecord:
    """One record, as far as it is of use to us; values that look odd are left out."""

    #: As the bridge spells it, such as `callLegEnd`; later versions know more kinds.
    kind: str
    #: Its place among the records for one receiver, from 1 on.
    index: int | None = None
    #: Its place among all records of this run of the bridge, from 0 on.
    correlator: int | None = None
    call_id: str | None = None
    call_leg_id: str | None = None
    #: Why a call leg ended, such as `remoteTeardown`.
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRecords:
    """What a bridge sent at once."""

    #: Identifies this run of the bridge.
    session: str
    records: tuple[BridgeRecord, ...]


def read_records(body: bytes) -> BridgeRecords:
    """Read what a bridge posted.

    Raises:
        AnswerNotUnderstood: It is not XML, holds a document type, or is not a list of records.
    """
    root, nodes = read_list(body, "records", "record")
    session = _word(root.attribute("session")) or ""
    return BridgeRecords(session=session, records=tuple(_record(node) for node in nodes))


def _record(node: Node) -> BridgeRecord:
    call, leg = node.child("call"), node.child("callLeg")
    call_id = call.id if call is not None else (leg.text("call") if leg is not None else None)
    return BridgeRecord(
        kind=_word(node.attribute("type")) or "",
        index=_number(node.attribute("recordIndex")),
        correlator=_number(node.attribute("correlatorIndex")),
        call_id=_word(call_id),
        call_leg_id=_word(leg.id) if leg is not None else None,
        reason=_word(leg.text("reason")) if leg is not None else None,
    )


def _word(text: str | None) -> str | None:
    is_word = (
        text is not None and len(text) <= _LONGEST and text.isascii() and text.replace("-", "").isalnum()
    )
    return text if is_word else None


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 18
    return int(text or "") if is_number else None
