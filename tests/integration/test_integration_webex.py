"""WebEx that clients have made themselves (OwnedExternally), through SOAP and on a real store."""

from dataclasses import replace

import pytest
from bookings import (
    going_on,
    listed,
    participants_of,
    plain,
    read,
    refused,
    transactions,
    zone_elements,
)
from lxml import etree
from office import external as guest
from office import system, wire
from series_book import DAY, Book, exception, pattern
from soap_client import elements
from webex_book import (
    DATA,
    EMPTY,
    NO_WEBEX,
    OTHER_SITE,
    PHONE,
    SIP,
    SITE,
    add_site,
    book,
    booked,
    codes,
    external,
    owned,
    said,
    states,
    update,
    webex,
)

from tmsba.booking.api import Booking
from tmsba.domain import errors as e
from tmsba.mail.conference_mail import ConferenceTexts
from tmsba.store.outbox.jobs import SqlJobQueue

#: The guide's contract order, as real servers write it.
ORDER = [
    "MeetingKey",
    "SipUrl",
    "ElementsToExclude",
    "MeetingPassword",
    "JoinMeetingUrl",
    "HostMeetingUrl",
    "HostKey",
    "JoinBeforeHostTime",
    "LocalCallInTollNumber",
    "LocalCallInTollFreeNumber",
    "GlobalCallInNumberUrl",
    "PstnDialInNumber",
    "DtmfSequence",
    "ParticipantAccessCode",
    "TmsShouldUpdateMeeting",
    "SiteUrl",
    "UsePstn",
    "OwnedExternally",
]


def room_is_free(office):
    """Whether the only number of the office's bridge is free in two hours."""
    return office.save(guest("SIP <-")).status == 200


# ------------------------------------------------------------------ stored and answered


def test_all_that_the_client_sends_comes_back_in_the_order_of_the_contract(office):
    sent = booked(office, owned(PHONE, HostKey="weird & <key>"), system(1))
    for answer in (sent, read(office, sent.text("ConferenceId"))):
        found = said(answer)
        assert list(found) == ORDER
        assert found == {**DATA, **PHONE, "HostKey": "weird & <key>"}
        assert states(answer) == ["Normal"]
        assert (codes(answer), codes(answer, "Warning")) == ([], [])


def test_nothing_of_it_is_checked(office):
    odd = {"JoinBeforeHostTime": "soon", "MeetingPassword": "?", "JoinMeetingUrl": "no url", "SipUrl": "äöü"}
    found = said(booked(office, owned(**odd), system(1)))
    assert {name: found[name] for name in odd} == odd


def test_what_it_does_not_say_is_nil_or_missing(office):
    answer = booked(office, external("<WebEx><OwnedExternally>true</OwnedExternally></WebEx>"), system(1))
    found = said(answer)
    assert found["OwnedExternally"] == "true"
    assert not {"HostKey", "JoinBeforeHostTime", "DtmfSequence"} & found.keys()
    assert [found[name] for name in ("MeetingKey", "SipUrl", "SiteUrl")] == ["", "", ""]
    assert codes(answer, "Warning") == ["NO_ADDRESS"]


@pytest.mark.parametrize(
    ("version", "there", "missing"),
    [
        (23, {"OwnedExternally", "PstnDialInNumber"}, set()),
        (15, {"OwnedExternally", "ElementsToExclude"}, set()),
        (10, {"MeetingKey", "DtmfSequence"}, {"PstnDialInNumber", "OwnedExternally", "UsePstn"}),
        (7, {"MeetingKey", "LocalCallInTollNumber"}, {"ParticipantAccessCode", "SiteUrl"}),
    ],
)
def test_older_clients_get_what_their_version_has(office, version, there, missing):
    number = booked(office, owned(PHONE), system(1)).text("ConferenceId")
    answer = read(office, number, version=version)
    found = said(answer)
    assert there <= found.keys()
    assert not missing & found.keys()
    assert states(answer) == (["Normal"] if version >= 16 else [])


def test_clients_of_the_legacy_way_see_the_addresses(office):
    number = booked(office, owned(), system(1)).text("ConferenceId")
    answer = read(office, number, version=6)
    assert not answer.all("ExternalConference")
    assert answer.text("DataConference") == "Yes"
    assert answer.text("WebConferencePresenterUri") == DATA["HostMeetingUrl"]
    assert answer.text("WebConferenceAttendeeUri") == DATA["JoinMeetingUrl"]


@pytest.mark.parametrize("operation", ["GetConferencesForUser", "GetConferencesForSystems"])
def test_lists_leave_webex_out(office, operation):
    booked(office, owned(PHONE), system(1))
    answer = listed(office, operation)
    assert len(answer.all("ConferenceId")) == 1
    for name in ("WebEx", "WebExState", "ExternalConference", "WebConferencePresenterUri"):
        assert not answer.all(name)


@pytest.mark.parametrize(
    ("element", "longest"),
    [("HostKey", 255), ("MeetingKey", 255), ("SipUrl", 2000), ("JoinMeetingUrl", 2000)],
)
def test_texts_have_a_longest_length(office, element, longest):
    answer = book(office, owned(**{element: "x" * (longest + 1)}), system(1))
    assert refused(office, answer) is e.WebExError
    assert f"{element} of WebEx has {longest + 1} characters" in answer.sentence
    assert book(office, owned(**{element: "x" * longest}), system(1)).status == 200


def test_secrets_are_sealed_in_the_database(office):
    booked(office, owned(PHONE), system(1))
    with office.store.engine.connect() as connection:
        [text] = connection.exec_driver_sql("SELECT webex FROM conference").scalars()
    for secret in ("pa55word", "hostkey1", "990011#", "990 011", DATA["HostMeetingUrl"]):
        assert secret not in text
    assert SIP in text


def test_secrets_are_in_no_representation(office):
    number = int(booked(office, owned(PHONE), system(1)).text("ConferenceId"))
    with office.store.reading() as uow:
        text = repr(uow.conferences.get(number))
    assert SIP in text
    for secret in ("pa55word", "hostkey1", "990011#", "990 011", DATA["HostMeetingUrl"]):
        assert secret not in text


# ------------------------------------------------------------------ a bridge for it


def test_webex_needs_a_bridge_also_beside_one_room(office):
    answer = booked(office, owned(), system(1))
    assert answer.text("JoinUri") == "1@example.com"
    assert refused(office, office.save(guest("SIP <-"))) is e.NotEnoughBridgeResources
    later = office.now + 1000 * DAY
    kinds = [job.kind.value for job in SqlJobQueue(office.store).claim("worker", later, later + DAY, 9)]
    assert sorted(kinds) == ["end", "launch"]


def test_a_meeting_of_webex_alone_is_booked_with_a_warning_and_takes_up_a_bridge(office):
    answer = booked(office, owned())
    assert (codes(answer), codes(answer, "Warning")) == ([], ["WEBEX_ONLY"])
    assert answer.text("JoinUri") == "1@example.com"
    answer = update(office, answer, f"<Participants>{system(1)}</Participants>")
    assert codes(answer, "Warning") == []


def test_a_reservation_has_its_webex_data_and_no_bridge(office):
    answer = booked(office, owned(), system(1), ConferenceType="Reservation Only")
    assert said(answer)["SipUrl"] == SIP
    assert not answer.all("JoinUri")


def test_a_request_gets_its_bridge_once_it_is_approved(office):
    office.user_name = "guest"
    answer = booked(office, owned(PHONE), system(1))
    assert (answer.text("Status"), answer.all("JoinUri")) == ("MeetingRequest", [])
    booking = Booking(store=office.store, clock=lambda: office.now, renderer=ConferenceTexts())
    booking.approve(office.callers["boss"], int(answer.text("ConferenceId")))
    answer = read(office, answer.text("ConferenceId"))
    assert (answer.text("JoinUri"), said(answer)["HostKey"]) == ("1@example.com", "hostkey1")


def test_webex_counts_as_one_participant_of_the_bridge(office):
    with office.store.writing() as uow:
        [bridge] = uow.bridges.all()
        uow.bridges.change(replace(bridge, max_participants=2))
        uow.commit()
    assert book(office, owned(), system(1)).status == 200
    office.now += DAY
    answer = book(office, owned(), system(1) + system(2))
    assert refused(office, answer) is e.NotEnoughBridgeResources


# ------------------------------------------------------------------ changed and removed


def test_an_update_without_the_element_leaves_webex(office):
    answer = update(office, booked(office, owned(PHONE), system(1)), Title="Another")
    assert (answer.text("Title"), said(answer)["HostKey"]) == ("Another", "hostkey1")


def test_an_update_with_the_element_replaces_all_of_it(office):
    answer = update(office, booked(office, owned(PHONE), system(1)), owned(MeetingKey="2", HostKey=""))
    found = said(answer)
    assert found["MeetingKey"] == "2"
    assert not {"HostKey", "DtmfSequence"} & found.keys()


@pytest.mark.parametrize("inner", [NO_WEBEX, external("", "Delete"), elements(DataConference="No")])
def test_webex_is_removed(office, inner):
    answer = update(office, booked(office, owned(), system(1)), inner)
    assert not answer.all("ExternalConference")
    assert (answer.text("DataConference"), answer.all("JoinUri")) == ("No", [])
    assert room_is_free(office)


def test_webex_is_added_to_a_stored_conference(office):
    answer = update(office, booked(office, "", system(1)), owned())
    assert (said(answer)["SipUrl"], answer.text("JoinUri")) == (SIP, "1@example.com")
    assert answer.text("DataConference") == "Yes"


@pytest.mark.parametrize("version", [6, 10, 15, 23])
def test_who_sends_back_what_they_got_changes_nothing(office, version):
    before = booked(office, owned(PHONE, UsePstn="true"), system(1))
    number = before.text("ConferenceId")
    [conference] = read(office, number, version=version).all("GetConferenceByIdResult")
    answer = office.call("SaveConference", f"<Conference>{inside(conference)}</Conference>", version=version)
    assert answer.status == 200, answer.sentence
    after = read(office, number)
    assert said(after) == {**DATA, **PHONE, "UsePstn": "true"}
    assert codes(after, "Warning") == []


def inside(element):
    return "".join(etree.tostring(child, encoding="unicode") for child in element)


@pytest.mark.parametrize("inner", [EMPTY, external(webex(OwnedExternally="false", MeetingKey="2"))])
def test_a_change_that_the_server_would_have_to_make_at_the_site_is_a_warning(office, inner):
    answer = update(office, booked(office, owned(), system(1)), inner)
    assert (said(answer)["MeetingKey"], codes(answer, "Warning")) == ("990011", ["NOT_UPDATED"])
    answer = update(office, answer, owned(MeetingKey="2"))
    assert (said(answer)["MeetingKey"], codes(answer, "Warning")) == ("2", [])


def test_a_meeting_that_the_server_is_to_update_gets_a_warning_instead(office):
    answer = booked(office, owned(TmsShouldUpdateMeeting="true"), system(1))
    assert codes(answer, "Warning") == []
    answer = update(office, answer, Title="Another")
    assert codes(answer, "Warning") == ["NOT_UPDATED"]


def test_the_legacy_way_keeps_the_webex_there_is(office):
    answer = update(office, booked(office, owned(), system(1)), elements(DataConference="Yes"))
    assert (said(answer)["SipUrl"], codes(answer), codes(answer, "Warning")) == (SIP, [], [])


def test_replication_tells_of_each_change_once(office):
    answer = booked(office, owned(), system(1))
    number = answer.text("ConferenceId")
    update(office, answer, NO_WEBEX)
    assert [(found, kind) for _, found, kind in transactions(office, 0)] == [
        (number, "New"),
        (number, "Updated"),
    ]


def test_webex_is_added_to_and_removed_from_an_ongoing_meeting(office):
    saved = going_on(office, system(1) + system(2))
    values = elements(ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    answer = office.call("SaveConference", f"<Conference>{values}{owned()}</Conference>")
    assert (said(answer)["SipUrl"], answer.text("JoinUri")) == (SIP, saved["JoinUri"])
    answer = update(office, answer, NO_WEBEX)
    assert (answer.all("WebEx"), answer.text("JoinUri")) == ([], saved["JoinUri"])


# ------------------------------------------------------------------ sites and PSTN


def test_a_site_url_must_be_that_of_a_registered_site(office):
    add_site(office)
    for inner in (owned(SiteUrl=OTHER_SITE), external(webex(OwnedExternally="false", SiteUrl=OTHER_SITE))):
        answer = book(office, inner, system(1))
        assert refused(office, answer) is e.WebExSiteNotFound
        assert OTHER_SITE in answer.sentence
    spelling = "HTTPS://Example.WebEx.com/example/"
    assert said(booked(office, owned(SiteUrl=spelling), system(1)))["SiteUrl"] == spelling


def test_the_site_says_whether_pstn_is_used(office):
    add_site(office, uses_pstn=True)
    add_site(office, OTHER_SITE)
    answer = booked(office, owned(PHONE, SiteUrl=SITE, UsePstn="false"), system(1))
    assert said(answer)["UsePstn"] == "true"
    answer = update(office, answer, owned(SiteUrl=OTHER_SITE, UsePstn="true"))
    assert said(answer)["UsePstn"] == "false"


@pytest.mark.parametrize("missing", ["PstnDialInNumber", "DtmfSequence"])
def test_pstn_needs_a_number_and_tones(office, missing):
    for phone in (PHONE | {missing: " "}, {name: text for name, text in PHONE.items() if name != missing}):
        answer = book(office, owned(phone, UsePstn="true"), system(1))
        assert refused(office, answer) is e.WebExError
        assert f"{missing} is missing" in answer.sentence
    assert refused(office, book(office, owned(UsePstn="true"), system(1))) is e.WebExError
    assert book(office, owned(PHONE, UsePstn="true"), system(1)).status == 200


def test_the_defaults_of_a_site_are_told_to_all_who_log_in(office):
    add_site(office, uses_pstn=True)
    add_site(office, OTHER_SITE)
    office.user_name = "guest"
    for url, found in (
        (OTHER_SITE, ("false", OTHER_SITE)),
        (f"{SITE}/", ("true", SITE)),
        ("", ("true", SITE)),
    ):
        answer = office.call("GetWebExSiteDefaults", elements(siteUrl=url))
        assert (answer.text("UsePstn"), answer.text("SiteUrl")) == found
    answer = office.call("GetWebExSiteDefaults", elements(siteUrl="https://nowhere.example.com"))
    assert refused(office, answer) is e.WebExSiteNotFound


# ------------------------------------------------------------------ external hosts


@pytest.mark.parametrize(
    "inner", [owned(), EMPTY, elements(DataConference="Yes")], ids=["owned", "empty", "legacy"]
)
def test_webex_is_refused_beside_a_host_that_is_stored(office, inner):
    host = external(f"<ExternallyHosted>{elements(DialString='host@example.org')}</ExternallyHosted>")
    answer = booked(office, host, system(1))
    # Clients before version 15 know no hosts, so theirs stays.
    refusal = update(office, answer, inner, version=14)
    assert refused(office, refusal) is e.WebExError
    assert plain(office, answer.text("ConferenceId"))["Version"] == "1"


def test_an_external_host_takes_the_place_of_webex(office):
    host = external(f"<ExternallyHosted>{elements(DialString='host@example.org')}</ExternallyHosted>")
    answer = update(office, booked(office, owned(), system(1)), host)
    assert (answer.all("WebEx"), answer.text("DialString")) == ([], "host@example.org")


# ------------------------------------------------------------------ series


@pytest.fixture
def series(office):
    return Book(office)


def dates(series):
    return list(series.ids().values())


def test_a_series_has_its_webex_on_all_dates(office, series):
    saved = series.saved(pattern() + owned(PHONE), system(1))
    assert states(series.series(saved["ConferenceId"])) == ["Normal"]
    for number in dates(series):
        answer = read(office, number)
        assert (said(answer)["SipUrl"], states(answer)) == (SIP, ["Normal"])
        assert answer.text("JoinUri") == "1@example.com"


def test_dates_have_webex_of_their_own_or_none(office, series):
    exceptions = exception("MODIFY", series.start + DAY, owned(state="Modify", MeetingKey="2"))
    exceptions += exception("MODIFY", series.start + 2 * DAY, external("", "Delete"))
    exceptions += exception(
        "MODIFY", series.start + 3 * DAY, elements(Title="Moved") + external("", "Normal")
    )
    recurrence = pattern(exceptions=exceptions, PatternInstances=4) + owned()
    saved = series.saved(recurrence, system(1))
    first, second, third, fourth = dates(series)
    assert [said(read(office, number))["MeetingKey"] for number in (first, second, fourth)] == [
        "990011",
        "2",
        "990011",
    ]
    assert not read(office, third).all("WebEx")
    assert [states(read(office, number)) for number in (first, second, third, fourth)] == [
        ["Normal"],
        ["Modify"],
        ["Delete"],
        ["Normal"],
    ]
    answer = series.series(saved["ConferenceId"])
    # The exceptions stand before the series' own element; redundant data is left out.
    assert states(answer) == ["Modify", "Delete", "Normal", "Normal"]
    assert [one.text for one in answer.all("MeetingKey")] == ["2", "990011"]
    # The date without WebEx needs no bridge.
    assert [plain(office, number).get("JoinUri") for number in (second, third)] == ["1@example.com", None]


def test_a_series_that_is_sent_back_as_it_came_stays_as_it_is(office, series):
    exceptions = exception("MODIFY", series.start + DAY, owned(state="Modify", MeetingKey="2"))
    exceptions += exception("MODIFY", series.start + 2 * DAY, external("", "Delete"))
    saved = series.saved(pattern(exceptions=exceptions) + owned(PHONE), system(1))
    before = [states(read(office, number)) for number in dates(series)]
    [conference] = series.series(saved["ConferenceId"]).all("GetRecurrentConferenceByIdResult")
    answer = office.call("SaveConference", f"<Conference>{inside(conference)}</Conference>")
    assert answer.status == 200, answer.sentence
    assert (
        [states(read(office, number)) for number in dates(series)]
        == before
        == [
            ["Normal"],
            ["Modify"],
            ["Delete"],
        ]
    )


def test_clients_before_version_16_get_no_mark_that_would_remove_webex(office, series):
    exceptions = exception("MODIFY", series.start + DAY, elements(Title="Other"))
    exceptions += exception("MODIFY", series.start + 2 * DAY, external("", "Delete"))
    saved = series.saved(pattern(exceptions=exceptions) + owned(), system(1))
    number = elements(ConferenceId=saved["ConferenceId"])
    answer = office.call("GetRecurrentConferenceById", number, version=15)
    assert (len(answer.all("ExternalConference")), len(answer.all("WebEx")), states(answer)) == (1, 1, [])


def test_webex_of_a_series_that_changes_reaches_the_dates_that_have_the_same(office, series):
    exceptions = exception("MODIFY", series.start + DAY, elements(Title="Other"))
    exceptions += exception("MODIFY", series.start + 2 * DAY, owned(state="Modify", MeetingKey="2"))
    saved = series.saved(pattern(exceptions=exceptions) + owned(), system(1))
    changed = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    series.saved(pattern() + owned(MeetingKey="3"), system(1), **changed)
    assert [said(read(office, number))["MeetingKey"] for number in dates(series)] == ["3", "3", "2"]


def test_removing_webex_from_a_series_removes_it_from_its_dates(office, series):
    exceptions = exception("MODIFY", series.start + DAY, elements(Title="Other"))
    saved = series.saved(pattern(exceptions=exceptions) + owned(), system(1))
    changed = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    series.saved(pattern() + NO_WEBEX, **changed)
    assert [read(office, number).all("ExternalConference") for number in dates(series)] == [[], [], []]


def occurrence(office, number, inner, version=23):
    answer = read(office, number)
    return update(office, answer, inner, version=version, operation="SaveConferenceRecInstance")


def test_one_occurrence_gets_changes_and_loses_webex(office, series):
    series.saved(pattern() + owned(), system(1))
    _, second, _ = dates(series)
    answer = occurrence(office, second, owned(state="Modify", SipUrl="2@example.webex.com"))
    assert (said(answer)["SipUrl"], states(answer)) == ("2@example.webex.com", ["Modify"])
    answer = occurrence(office, second, external("", "Delete"))
    assert (answer.all("WebEx"), states(answer)) == ([], ["Delete"])
    answer = occurrence(office, second, external("", "Normal"))
    assert (said(answer)["SipUrl"], states(answer)) == (SIP, ["Normal"])
    assert [said(read(office, number))["SipUrl"] for number in dates(series)] == [SIP] * 3


def test_one_occurrence_gets_webex_where_the_series_has_none(office, series):
    series.saved(pattern(), system(1))
    _, second, _ = dates(series)
    answer = occurrence(office, second, owned(state="Modify"))
    assert (said(answer)["SipUrl"], states(answer)) == (SIP, ["Modify"])
    assert [len(read(office, number).all("WebEx")) for number in dates(series)] == [0, 1, 0]


def test_an_occurrence_moves_and_keeps_its_webex(office, series):
    series.saved(pattern() + owned(), system(1))
    _, second, _ = dates(series)
    moved = elements(
        StartTimeUTC=wire(series.start + DAY + DAY / 12), EndTimeUTC=wire(series.start + DAY + DAY / 6)
    )
    answer = occurrence(office, second, moved)
    assert (said(answer)["SipUrl"], states(answer)) == (SIP, ["Normal"])


@pytest.mark.parametrize("inner", [EMPTY, elements(DataConference="Yes")], ids=["empty", "legacy"])
def test_webex_cannot_be_added_to_one_occurrence_unless_owned_externally(office, series, inner):
    series.saved(pattern(), system(1))
    _, second, _ = dates(series)
    answer = occurrence(office, second, inner)
    assert refused(office, answer) is e.WebExError
    assert "one date of a series unless OwnedExternally is true" in answer.sentence
    data = exception("MODIFY", series.start + DAY, inner)
    office.now += DAY / 24
    answer = Book(office).save(pattern(exceptions=data.replace("14:00:00Z", "15:00:00Z")), system(2))
    assert refused(office, answer) is e.WebExError


@pytest.mark.parametrize(
    "inner", [NO_WEBEX, elements(DataConference="No"), elements(Title="Other"), owned(MeetingKey="2")]
)
def test_exceptions_of_series_with_webex_need_version_16(office, series, inner):
    saved = series.saved(pattern() + owned(), system(1))
    _, second, _ = dates(series)
    answer = occurrence(office, second, inner, version=15)
    assert refused(office, answer) is e.WebExError
    assert "from API version 16 on" in answer.sentence
    changed = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], "version": 15}
    data = pattern(exceptions=exception("MODIFY", series.start + DAY, inner))
    assert refused(office, series.save(data, **changed)) is e.WebExError
    assert [states(read(office, number)) for number in dates(series)] == [["Normal"]] * 3


def test_older_clients_delete_a_date_of_a_series_with_webex(office, series):
    saved = series.saved(pattern() + owned(), system(1))
    changed = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], "version": 15}
    series.saved(pattern(exceptions=exception("DELETE", series.start + DAY)), **changed)
    assert len(dates(series)) == 2


def test_modify_needs_the_element(office, series):
    series.saved(pattern() + owned(), system(1))
    answer = occurrence(office, dates(series)[1], external("", "Modify"))
    assert refused(office, answer) is e.WebExError
    assert "needs a full WebEx element" in answer.sentence


def test_zone_rules_go_with_webex_that_is_owned_externally(office):
    answer = booked(office, owned() + zone_elements(office, "Europe/Oslo"), system(1))
    assert (said(answer)["SipUrl"], len(answer.all("ConferenceTimeZoneRules"))) == (SIP, 1)


# ------------------------------------------------------------------ texts and mails


def lines_of(office, number):
    return plain(office, number)["ConferenceInfoText"].splitlines()


def test_the_texts_say_how_to_join_by_webex(office):
    answer = booked(office, owned(PHONE), system(1) + system(2))
    lines = lines_of(office, answer.text("ConferenceId"))
    assert {
        "WebEx meeting number: 990011",
        f"Join by WebEx: {DATA['JoinMeetingUrl']}",
        "WebEx password: pa55word",
        "WebEx by phone: +1 555 0100",
        "WebEx by phone, toll-free: +1 555 0101",
        "WebEx by phone, other countries: https://example.webex.com/numbers",
        "WebEx access code: 990 011",
        f"- WebEx: the bridge dials {SIP}",
    } <= set(lines)
    text = "\n".join(lines)
    for secret in ("hostkey1", DATA["HostMeetingUrl"], PHONE["DtmfSequence"]):
        assert secret not in text


def invitation(office, **more):
    key = {"ExternalSourceId": "calendar", "ExternalPrimaryKey": "k1"}
    booked(office, owned(PHONE, **more), system(1), **key)
    wish = elements(ExternalSourceId="calendar", ExternalConferenceId="k1", ContentTypes="PlainText")
    return office.call("GetConferenceInviteMail", wish).all("MailContent")[0].text


def test_invitations_tell_what_the_client_does_not_exclude(office):
    text = invitation(office)
    for shown in ("990011", "pa55word", "hostkey1", "+1 555 0101", "webex.com/numbers"):
        assert shown in text
    assert DATA["HostMeetingUrl"] not in text


def test_invitations_leave_out_what_the_client_excludes(office):
    left_out = "MeetingPassword HostKey LocalCallInTollFreeNumber GlobalCallInNumberUrl"
    text = invitation(office, ElementsToExclude=left_out)
    for hidden in ("pa55word", "hostkey1", "+1 555 0101", "webex.com/numbers"):
        assert hidden not in text
    assert "+1 555 0100" in text


def test_a_mail_about_a_save_that_was_refused_is_written(office):
    host = f"<ExternallyHosted>{elements(DialString='host@example.org')}</ExternallyHosted>"
    for inner in (external(webex() + host), owned(UsePstn="true"), owned()):
        conference = f"<Conference>{elements(ConferenceId=-1)}{inner}</Conference>"
        answer = office.call("GetConferenceBookingEventMail", conference + elements(ContentTypes="PlainText"))
        assert answer.status == 200, answer.sentence
        assert "WebEx meeting number: 990011" in answer.text("MailContent")


def test_participants_are_those_of_the_list_alone(office):
    answer = booked(office, owned(), system(1))
    assert [one["ParticipantId"] for one in participants_of(office, answer.text("ConferenceId"))] == ["1"]
