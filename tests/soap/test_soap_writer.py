"""Answers as text: the bytes that a tree would have, whatever was stored."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from soap_client import SOAP11, SOAP12, Client, version_header
from soap_examples import NOW, OWNER, STORED, UNSAVED

from tmsba.booking.view.views import ConferenceView
from tmsba.domain.conference.conference import SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.transaction import Transaction, TransactionPage
from tmsba.domain.people.systems import System
from tmsba.domain.values import (
    Bandwidth,
    ConferenceStatus,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    TransactionType,
)
from tmsba.soap.translation.conference_out import (
    conference_out,
    conferences_out,
    system_out,
    transactions_out,
    user_out,
)
from tmsba.soap.types import booking, setup
from tmsba.soap.types.booking import BandwidthOverride, Conference, MailMessage
from tmsba.soap.types.simple import BOOKING, REMOTE_SETUP
from tmsba.soap.wire.plan import Kind, plan_of
from tmsba.soap.wire.versions import SERVER_VERSION
from tmsba.soap.wire.writer import escaped, object_writer, set_text

ILLEGAL = ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"]
AWKWARD = ["&", "<", ">", "]]>", "&amp;", "\r", "\n", "\t", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff"]
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'

# Of a text that has nothing legal in it, lxml keeps no trace to compare with.
TEXTS = (
    st.lists(st.characters() | st.sampled_from(AWKWARD + ILLEGAL), max_size=8)
    .map("".join)
    .filter(lambda text: not text or escaped(text))
)


@st.composite
def views(draw: st.DrawFn) -> ConferenceView:
    """Conferences with any texts, numbers and values in all places."""
    details = st.builds(
        Details,
        title=TEXTS,
        pin=TEXTS,
        email_to=TEXTS,
        location=TEXTS,
        external_primary_key=TEXTS,
        type=st.sampled_from(ConferenceType),
        bandwidth=st.sampled_from(Bandwidth),
        extend_mode=st.sampled_from(ExtendMode),
        is_isdn_restricted=st.booleans(),
    )
    participants = st.builds(
        Participant,
        id=st.integers(1, 9),
        kind=st.sampled_from(ParticipantKind),
        name_or_number=TEXTS,
        email=TEXTS,
    )
    routes = st.none() | st.builds(
        SpaceRoute, bridge_id=st.just(1), space_id=st.just(2), number=st.just(3), join_uri=TEXTS
    )
    conference = replace(
        UNSAVED.conference,
        id=draw(st.integers(-1, 2**31 - 1)),
        details=draw(details),
        participants=tuple(draw(st.lists(participants, max_size=2))),
        route=draw(routes),
        transaction_id=draw(st.none() | st.integers(0, 2**63 - 1)),
    )
    return replace(
        UNSAVED,
        conference=conference,
        status=draw(st.sampled_from(ConferenceStatus)),
        info_html=draw(TEXTS),
        has_participants=draw(st.booleans()),
    )


def answered(found: list[ConferenceView], version: int, soap: str = SOAP11) -> bytes:
    client = Client({"GetConferencesForUser": lambda call, **_: conferences_out(found)})
    answer = client.call("GetConferencesForUser", version=version, soap=soap)
    assert answer.status == 200, answer.sentence
    return answer.body


@settings(max_examples=100, deadline=None)
@given(
    found=st.lists(views(), max_size=2),
    version=st.integers(0, SERVER_VERSION),
    soap=st.sampled_from([SOAP11, SOAP12]),
)
def test_answers_have_the_bytes_that_lxml_would_write(
    found: list[ConferenceView], version: int, soap: str
) -> None:
    body = answered(found, version, soap)
    again = etree.tostring(etree.fromstring(body), encoding="utf-8", xml_declaration=False)
    assert body == DECLARATION + again


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_texts_come_back_without_what_xml_cannot_carry(text: str) -> None:
    read = etree.fromstring(f"<a>{escaped(text)}</a>".encode()).text or ""
    assert read == "".join(c for c in text if not _is_illegal(c))


def _is_illegal(character: str) -> bool:
    try:
        etree.Element("a").text = character
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("character", ILLEGAL)
def test_illegal_characters_break_neither_answers_nor_faults(character: str) -> None:
    view = replace(STORED, conference=replace(STORED.conference, details=Details(title=f"a{character}b")))
    assert b"<Title>ab</Title>" in answered([view], 23)
    element = etree.Element("a")
    set_text(element, f"a{character}b")
    assert element.text == "ab"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b < c > d ]]>", "a &amp; b &lt; c &gt; d ]]&gt;"),
        ("&amp;", "&amp;amp;"),
        ("one\r\ntwo\tthree", "one&#13;\ntwo\tthree"),
        ("\"'", "\"'"),
        (
            "R\u00fccksprache \u6771\u4eac \U0001f680 \u2028\xa0",
            "R\u00fccksprache \u6771\u4eac \U0001f680 \u2028\xa0",
        ),
        ("", ""),
    ],
)
def test_markup_line_ends_and_other_scripts(text: str, written: str) -> None:
    assert escaped(text) == written
    details = replace(STORED.conference.details, title=text)
    body = answered([replace(STORED, conference=replace(STORED.conference, details=details))], 0)
    expected = f"<Title>{written}</Title>" if text else "<Title/>"
    assert expected.encode() in body


def test_objects_and_mappings_are_written_alike() -> None:
    mapping: dict[str, Any] = {"Title": "t", "IPBandwidth": {"Bandwidth": "Max"}, "Participants": []}
    instance = Conference(Title="t", IPBandwidth=BandwidthOverride(Bandwidth="Max"), Participants=[])
    # What Spyne's objects have as defaults is what stands for missing values.
    for version in (0, SERVER_VERSION):
        writer = object_writer(Conference, BOOKING, version)
        assert writer.members(mapping) == writer.members(instance) == "".join(writer.pieces(mapping))


def test_lists_may_be_made_while_they_are_written() -> None:
    def lines() -> Iterator[str | None]:
        yield from ("a", None, "")

    writer = object_writer(MailMessage, BOOKING, SERVER_VERSION)
    expected = '<Lines><string>a</string><string xsi:nil="true"/><string/></Lines>'
    assert writer.members({"Lines": lines()}) == "".join(writer.pieces({"Lines": lines()})) == expected
    assert writer.members({"Lines": iter(())}) == "".join(writer.pieces({"Lines": iter(())})) == "<Lines/>"
    assert writer.members({}) == "".join(writer.pieces({})) == ""


def test_what_fails_while_a_list_is_written_is_a_fault() -> None:
    def broken() -> Iterator[Any]:
        yield conference_out(STORED)
        raise ValueError("secret")

    answer = Client({"GetConferencesForUser": lambda call, **_: broken()}).call("GetConferencesForUser")
    assert answer.status == 500
    assert answer.all("Conference") == []
    assert b"secret" not in answer.body


def test_header_texts_are_escaped_too() -> None:
    client = Client({"EndConferenceById": lambda call, ConferenceId: call.renew_session("<&\x01>")})
    header = version_header(15, inner="<ClientSession>old</ClientSession><ClientIdentifierIn/>")
    answer = client.call("EndConferenceById", header=header)
    assert answer.text("ClientSession") == "<&>"
    assert b"<ClientIdentifierIn/>" in answer.body


def test_a_long_list_needs_little_more_memory_than_its_bytes() -> None:
    title = "\U0001f680 R\u00fccksprache"
    found = [
        replace(
            STORED,
            conference=replace(STORED.conference, id=number, details=Details(title=title)),
            info_html="",
        )
        for number in range(2000)
    ]
    answered(found[:1], 23)
    tracemalloc.start()
    try:
        size = len(answered(found, 23))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * size


def strangers(value: Any, wire_type: Any, namespace: str) -> set[str]:
    """Names in an object of the wire, and in those inside it, that its class does not have."""
    plan = plan_of(wire_type, namespace)
    found = set(value) - {member.name for member in plan.members}
    for member in plan.members:
        inner = value.get(member.name)
        if member.kind is Kind.OBJECT and inner:
            found |= strangers(inner, member.wire_type, namespace)
        elif member.kind is Kind.ARRAY and inner:
            (item,) = plan_of(member.wire_type, namespace).members
            found |= set().union(*(strangers(one, item.wire_type, namespace) for one in inner))
    return found


def test_no_name_is_misspelt() -> None:
    row = Transaction(id=9, conference_id=5, type=TransactionType.NEW, performed_by_id=7)
    page = TransactionPage(transactions=(row,), is_incomplete=True)
    for value, wire_type, namespace in (
        (conference_out(UNSAVED), Conference, BOOKING),
        (conference_out(STORED), Conference, BOOKING),
        *((transaction, booking.Transaction, BOOKING) for transaction in transactions_out(page)),
        (system_out(System(id=3, name="Room"), NOW), setup.TMSSystem, REMOTE_SETUP),
        (user_out(OWNER, NOW), setup.User, REMOTE_SETUP),
    ):
        assert strangers(value, wire_type, namespace) == set()
