import pytest
from fakes import create_conference

from tmsba.domain.conference.decision import Via
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.webex import (
    Telephony,
    WebEx,
    WebExPart,
    WebExState,
    WebExTrouble,
    WebExWish,
    site_key,
)
from tmsba.domain.conference.webex_changes import (
    check_pstn,
    state_of_date,
    with_series_webex,
    with_warnings,
    with_webex,
)
from tmsba.domain.errors import WebExError
from tmsba.domain.routing.connections import WebExCall, webex_call
from tmsba.domain.routing.need import RoutingRules, decide_need
from tmsba.domain.values import Choice, ConferenceType, ParticipantKind

OWNED = WebEx(sip_url="1@example.webex.com", is_owned_externally=True)
OTHER = WebEx(sip_url="2@example.webex.com", is_owned_externally=True)
WISHED = WebEx(errors=(WebExTrouble.NOT_CREATED,))
PHONE = Telephony(pstn_number=" +1 555 0102 ", dtmf_sequence=",,1#")
ROOM = Participant(id=1, kind=ParticipantKind.SYSTEM)
TROUBLES = (WebExTrouble.NOT_CREATED,)


def after(before, wish, *, is_update=True, **details):
    basis = Details(webex=before, data_conference=Choice.YES if before is OWNED else Choice.NO)
    wanted = Details(
        webex=before, **{"data_conference": (wish and wish.legacy) or basis.data_conference} | details
    )
    return with_webex(wanted, basis, wish, is_update=is_update)


# ------------------------------------------------------------------ wishes


@pytest.mark.parametrize(
    ("wish", "is_wanted", "is_removal"),
    [
        (WebExWish(), False, False),
        (WebExWish(legacy=Choice.YES), True, False),
        (WebExWish(legacy=Choice.IF_POSSIBLE), True, False),
        (WebExWish(legacy=Choice.NO), False, True),
        (WebExWish(is_explicit=True), False, True),
        # ExternalConference counts, whatever the legacy way says besides.
        (WebExWish(is_explicit=True, legacy=Choice.YES), False, True),
        (WebExWish(is_explicit=True, legacy=Choice.NO, webex=OWNED), True, False),
        (WebExWish(is_explicit=True, state=WebExState.DELETE, webex=OWNED), False, True),
        (WebExWish(is_explicit=True, state=WebExState.DELETE), False, True),
        (WebExWish(is_explicit=True, state=WebExState.NORMAL), False, False),
        (WebExWish(is_explicit=True, state=WebExState.MODIFY, webex=OWNED), True, False),
    ],
)
def test_what_a_request_asks_for(wish, is_wanted, is_removal):
    assert (wish.is_wanted, wish.is_removal) == (is_wanted, is_removal)


@pytest.mark.parametrize("before", [None, OWNED, WISHED])
def test_silence_changes_nothing(before):
    for wish in (None, WebExWish(), WebExWish(is_explicit=True, state=WebExState.NORMAL)):
        assert after(before, wish).webex == before


@pytest.mark.parametrize("before", [None, OTHER, WISHED])
def test_what_the_client_has_made_is_taken_as_it_is(before):
    found = after(before, WebExWish(is_explicit=True, webex=OWNED))
    assert (found.webex, found.has_webex, found.data_conference) == (OWNED, True, Choice.YES)


@pytest.mark.parametrize("before", [None, OWNED, WISHED])
@pytest.mark.parametrize(
    "wish",
    [
        WebExWish(is_explicit=True),
        WebExWish(is_explicit=True, state=WebExState.DELETE),
    ],
)
def test_a_removal_leaves_nothing(before, wish):
    found = after(before, wish)
    assert (found.webex, found.has_webex, found.data_conference) == (None, False, Choice.NO)


def test_the_legacy_way_removes_webex_but_not_a_wish_that_it_cannot_see():
    assert after(OWNED, WebExWish(legacy=Choice.NO)).webex is None
    # DataConference is answered as No where a wish was not granted.
    assert after(WISHED, WebExWish(legacy=Choice.NO)).webex == WISHED


@pytest.mark.parametrize(
    ("legacy", "errors", "warnings", "choice"),
    [(Choice.YES, TROUBLES, (), Choice.NO), (Choice.IF_POSSIBLE, (), TROUBLES, Choice.IF_POSSIBLE)],
)
def test_what_cannot_be_is_remembered_with_its_reasons(legacy, errors, warnings, choice):
    for is_explicit in (True, False):
        webex = WebEx() if is_explicit else None
        wish = WebExWish(is_explicit=is_explicit, webex=webex, legacy=legacy, troubles=TROUBLES)
        found = after(None, wish)
        assert (found.webex, found.has_webex) == (WebEx(errors=errors, warnings=warnings), False)
        assert found.data_conference is choice


def test_the_meeting_of_a_client_outlives_what_cannot_be():
    asked = after(OWNED, WebExWish(is_explicit=True, webex=WebEx(), troubles=TROUBLES))
    assert asked.webex == OWNED.warned(WebExTrouble.NOT_UPDATED)
    legacy = after(asked.webex, WebExWish(legacy=Choice.YES, troubles=TROUBLES))
    assert (legacy.webex, legacy.data_conference) == (OWNED, Choice.YES)


def test_a_meeting_that_the_server_is_to_change_gets_a_warning_on_updates_alone():
    wanted = WebEx(sip_url="1@x", is_owned_externally=True, is_update_wanted=True)
    wish = WebExWish(is_explicit=True, webex=wanted)
    assert after(None, wish).webex == wanted
    assert after(wanted, wish, is_update=False).webex == wanted
    assert after(wanted, wish).webex.warnings == (WebExTrouble.NOT_UPDATED,)
    assert after(wanted, None).webex.warnings == (WebExTrouble.NOT_UPDATED,)


@pytest.mark.parametrize(
    "wish",
    [
        WebExWish(is_explicit=True, webex=OWNED),
        WebExWish(is_explicit=True, webex=WebEx(), troubles=TROUBLES),
        WebExWish(is_explicit=True, legacy=Choice.YES),
        WebExWish(legacy=Choice.YES),
    ],
)
def test_an_external_host_has_no_webex(wish):
    with pytest.raises(WebExError, match="has no WebEx"):
        after(None, wish, external_dial_string="host@example.org")


@pytest.mark.parametrize(
    "wish",
    [None, WebExWish(legacy=Choice.IF_POSSIBLE), WebExWish(legacy=Choice.NO), WebExWish(is_explicit=True)],
)
def test_an_external_host_goes_with_all_that_does_not_insist(wish):
    assert after(None, wish, external_dial_string="host@example.org").webex is None


# ------------------------------------------------------------------ warnings


def test_webex_alone_and_webex_without_an_address_are_worth_a_warning():
    blank = WebEx(is_owned_externally=True)
    assert with_warnings(Details(webex=OWNED), [ROOM]).webex == OWNED
    assert with_warnings(Details(webex=OWNED), []).webex.warnings == (WebExTrouble.NOBODY_ELSE,)
    assert with_warnings(Details(webex=blank), [ROOM]).webex.warnings == (WebExTrouble.NO_ADDRESS,)
    both = with_warnings(Details(webex=blank.warned(WebExTrouble.NOT_UPDATED)), [])
    assert both.webex.warnings == (
        WebExTrouble.NOT_UPDATED,
        WebExTrouble.NOBODY_ELSE,
        WebExTrouble.NO_ADDRESS,
    )
    assert with_warnings(both, []) is both
    assert with_warnings(Details(), []) == Details()


def test_lasting_warnings_stay():
    wished = WebEx(warnings=(WebExTrouble.SWITCHED_OFF,))
    found = with_warnings(Details(webex=wished), [])
    assert found.webex.warnings == (WebExTrouble.SWITCHED_OFF, WebExTrouble.NOBODY_ELSE)
    assert with_warnings(found, [ROOM]).webex == wished


# ------------------------------------------------------------------ dates of a series


@pytest.mark.parametrize(
    ("own", "series", "state"),
    [
        (None, None, None),
        (OWNED, OWNED, WebExState.NORMAL),
        (OWNED.warned(WebExTrouble.NOBODY_ELSE), OWNED, WebExState.NORMAL),
        (OTHER, OWNED, WebExState.MODIFY),
        (OWNED, None, WebExState.MODIFY),
        (None, OWNED, WebExState.DELETE),
        (None, WISHED, None),
    ],
)
def test_how_a_date_is_to_its_series(own, series, state):
    assert state_of_date(Details(webex=own), Details(webex=series)) is state


@pytest.mark.parametrize(
    ("own", "before", "wanted", "kept"),
    [
        (OWNED, OWNED, OTHER, OTHER),
        (OWNED, OWNED, None, None),
        (OTHER, OWNED, None, OTHER),
        (None, OWNED, OTHER, None),
        (None, None, OWNED, OWNED),
        (OTHER, None, OWNED, OTHER),
    ],
)
def test_a_date_follows_its_series_unless_it_has_webex_of_its_own(own, before, wanted, kept):
    found = with_series_webex(Details(title="Own", webex=own), Details(webex=before), Details(webex=wanted))
    assert (found.title, found.webex) == ("Own", kept)


# ------------------------------------------------------------------ the call


def test_webex_is_reached_by_its_sip_address_or_by_phone():
    assert webex_call(Details(webex=OWNED)) == WebExCall(address="1@example.webex.com")
    by_phone = WebEx(uses_pstn=True, telephony=PHONE, sip_url="1@x", is_owned_externally=True)
    assert webex_call(Details(webex=by_phone)) == WebExCall(
        address="+15550102", is_phone=True, dtmf_sequence=",,1#"
    )


@pytest.mark.parametrize(
    ("conference_type", "is_dialled", "is_routed"),
    [
        (ConferenceType.AUTOMATIC, True, True),
        (ConferenceType.ONE_BUTTON_TO_PUSH, True, True),
        (ConferenceType.MANUAL, False, True),
        (ConferenceType.NO_CONNECT, False, True),
        (ConferenceType.RESERVATION_ONLY, False, False),
    ],
)
def test_the_type_of_the_conference_decides_whether_webex_is_dialled(conference_type, is_dialled, is_routed):
    details = Details(webex=OWNED, type=conference_type)
    call = webex_call(details)
    need = decide_need(details, [], {}, RoutingRules())
    assert (call is not None, need.via is Via.BRIDGE) == (is_routed, is_routed)
    assert (call is not None and call.is_dialled) == is_dialled


@pytest.mark.parametrize("webex", [None, WISHED, WebEx(is_owned_externally=True)])
def test_nothing_is_dialled_where_there_is_no_webex_or_no_address(webex):
    assert webex_call(Details(webex=webex)) is None


def test_webex_takes_part():
    def count(webex):
        return create_conference(webex=webex, participants=(ROOM,)).participant_count

    assert [count(webex) for webex in (None, WISHED, OWNED)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("phone", "missing"),
    [
        (None, "PstnDialInNumber"),
        (Telephony(dtmf_sequence="1#"), "PstnDialInNumber"),
        (Telephony(pstn_number="+1"), "DtmfSequence"),
        (Telephony(pstn_number="+1", dtmf_sequence=" "), "DtmfSequence"),
    ],
)
def test_pstn_needs_a_number_and_tones(phone, missing):
    with pytest.raises(WebExError, match=f"{missing} is missing"):
        check_pstn(WebEx(uses_pstn=True, telephony=phone))
    check_pstn(WebEx(uses_pstn=False, telephony=phone))


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    "spelling",
    ["https://Example.webex.com/x", "http://example.webex.com/x/", " example.WEBEX.com/x "],
)
def test_a_site_is_known_in_all_spellings(spelling):
    assert site_key(spelling) == "example.webex.com/x"


def test_no_secret_is_shown():
    secrets = {"meeting_password": "s1", "host_key": "s2", "host_url": "s3", "join_url": "s4"}
    phone = Telephony(dtmf_sequence="s5", access_code="s6")
    text = repr(WebEx(**secrets, telephony=phone)) + repr(WebExCall(address="a", dtmf_sequence="s7"))
    assert not [secret for secret in ("s1", "s2", "s3", "s4", "s5", "s6", "s7") if f"'{secret}'" in text]


def test_parts_are_shown_unless_they_are_left_out():
    webex = WebEx(left_out=(WebExPart.HOST_KEY,))
    assert [webex.shows(part) for part in WebExPart] == [True, False, True, True]
