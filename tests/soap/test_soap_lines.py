"""Texts of one line come without line breaks and tabs, whichever element brings them."""

from typing import Any

import pytest
from lxml import etree
from soap_client import BOOKING, REMOTE_SETUP, Client, element

from tmsba.domain.texts import one_line
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE
from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.plan import Kind, plan_of
from tmsba.soap.wire.reader import read_members

SENT = " a&#13;&#10;b&#9;c&#10;d&#13;e\u2028f\x85g"
LINE = " a b c d e f g"
LINES = " a\r\nb\tc\nd\re\u2028f\x85g"
#: The texts in which line breaks mean something.
WITH_LINES = {"UserMessageText", "ConferenceInfoText", "ConferenceInfoHtml", "MailContent", "string"}


def texts_in(contract: Contract) -> list[tuple[Any, str, bool]]:
    """Each class that requests hold, with the names of its texts and whether they keep their lines."""
    found, classes = [], {operation.in_message for operation in contract.operations.values()}
    for operation in contract.operations.values():
        classes |= set(operation.in_header or ())
    waiting = list(classes)
    while waiting:
        wire_type = waiting.pop()
        for member in plan_of(wire_type, BOOKING).members:
            if member.kind is Kind.TEXT:
                found.append((wire_type, member.name, member.name in WITH_LINES))
            elif member.kind in (Kind.OBJECT, Kind.ARRAY) and member.wire_type not in classes:
                classes.add(member.wire_type)
                waiting.append(member.wire_type)
    return found


@pytest.mark.parametrize(
    ("contract", "namespace"), [(BOOKING_SERVICE, BOOKING), (REMOTE_SETUP_SERVICE, REMOTE_SETUP)]
)
def test_every_text_is_one_line_unless_lines_mean_something(contract: Contract, namespace: str) -> None:
    texts = texts_in(contract)
    assert len(texts) > 10
    for wire_type, name, keeps_lines in texts:
        document = etree.fromstring(f'<r xmlns="{namespace}"><{name}>{SENT}</{name}></r>')
        [value] = read_members(document, wire_type, namespace).values()
        [value] = value if isinstance(value, list) else [value]
        assert value == (LINES if keeps_lines else LINE), (wire_type, name)


def test_a_title_is_one_line_where_it_arrives() -> None:
    got: list[Any] = []
    client = Client({"SaveConference": lambda call, Conference: got.append(Conference)})
    inner = element("Title", "Weekly&#10;review") + element("UserMessageText", "one&#10;two")
    client.call("SaveConference", element("Conference", inner))
    assert (got[0].Title, got[0].UserMessageText) == ("Weekly review", "one\ntwo")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("a b", "a b"),
        ("a\r\n\r\nb", "a  b"),
        ("\n\ra", "  a"),
        ("\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " " * 9),
        ("\u00a0\u3000a\u200b", "\u00a0\u3000a\u200b"),
    ],
)
def test_control_whitespace_becomes_blanks(text: str, line: str) -> None:
    assert one_line(text) == line
