"""The guide's rules of booking, through SOAP and a real store; ``docs/rules.md`` says which rule is where."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from bookings import (
    add_bridge,
    at,
    change,
    configure,
    forced,
    going_on,
    listed,
    participants_of,
    plain,
    read,
    refused,
    titles,
    transactions,
    users,
    wrapped,
    zone_elements,
)
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import BOOKING, element, elements, version_header
from sqlalchemy import event

from tmsba.domain import errors as e
from tmsba.domain.values import ConferenceType
from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.wire import enumerations

#: A participant of each type that connects from outside.
EXTERNAL_TYPES = [wire_name for kind, wire_name in enumerations.PARTICIPANT_KINDS.items() if kind.is_external]
BOOKABLE_TYPES = [
    wire_name
    for kind, wire_name in enumerations.CONFERENCE_TYPES.items()
    if kind is not ConferenceType.AD_HOC
]
OLD_ZONE = "Central Standard Time"


# ------------------------------------------------------------------ Conference


@pytest.mark.parametrize("number", [-1, 0, None])
def test_without_an_id_above_0_a_new_conference_is_booked(office, number):
    first = office.saved(system(1))
    second = office.saved(system(2), ConferenceId=number)
    assert int(second["ConferenceId"]) > int(first["ConferenceId"])


def test_an_id_above_0_names_the_conference_to_update(office):
    saved = office.saved(system(1), Title="Old")
    again = office.conference_in(change(office, saved, Title="New"))
    assert again["ConferenceId"] == saved["ConferenceId"]
    assert plain(office, saved["ConferenceId"])["Title"] == "New"


def test_an_id_that_no_conference_has_is_not_found(office):
    assert refused(office, office.save(system(1), ConferenceId=99)) is e.ConferenceNotFound


def test_without_a_title_the_default_is_used(office):
    configure(office, default_conference_title="Our meeting")
    assert office.saved(system(1))["Title"] == "Our meeting"


def test_quotes_of_both_kinds_are_dropped_from_a_title(office):
    assert office.saved(system(1), Title='Anna\'s "big" day')["Title"] == "Annas big day"


def test_a_title_has_up_to_255_characters(office):
    assert office.saved(system(1), Title="x" * 255)["Title"] == "x" * 255
    assert refused(office, office.save(system(2), Title="x" * 256)) is e.UnknownError


@pytest.mark.parametrize("element", ["StartTimeUTC", "EndTimeUTC"])
@pytest.mark.parametrize("text", ["2026-01-29 15:00:00", "2026-01-29T15:00:00+01:00"])
def test_times_of_a_conference_end_with_z(office, element, text):
    assert refused(office, office.save(system(1), **{element: text})) is e.InvalidDateTime


@pytest.mark.parametrize("element", ["StartTimeUTC", "EndTimeUTC"])
def test_a_new_conference_needs_a_start_and_an_end(office, element):
    answer = office.save(system(1), **{element: None})
    assert answer.status == 500
    assert element in answer.sentence


def test_an_occurrence_tells_its_start_by_the_pattern(book):
    book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    as_planned = book.occurrence(second)
    assert as_planned["RecurrenceInstanceIdUTC"] == as_planned["StartTimeUTC"] == wire(book.start + DAY)
    assert "RecurrenceInstanceType" not in as_planned
    assert as_planned["FirstOccurrenceRecInstanceIdUTC"] == wire(book.start)


def test_a_deleted_occurrence_says_that_it_is_deleted(book):
    book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    book.office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=second))
    assert book.occurrence(second)["RecurrenceInstanceType"] == "deleted"


def test_a_pattern_has_no_effect_where_one_occurrence_is_saved(book):
    saved = book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    book.saved(
        pattern("Weekly", PatternInstances=9),
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=saved["Version"],
        StartTimeUTC=None,
        EndTimeUTC=None,
        Title="One",
    )
    assert len(book.ids()) == 3
    assert book.series(saved["ConferenceId"]).text("FrequencyType") == "Daily"


def test_a_valid_owner_id_counts_alone(office):
    anna = users(office)["anna"]
    saved = office.saved(
        system(1), OwnerId=anna.id, OwnerUserName="guest", OwnerEmailAddress="boss@example.com"
    )
    assert saved["OwnerUserName"] == anna.full_name


def test_with_the_owner_id_minus_one_the_user_name_counts(office):
    saved = office.saved(system(1), OwnerId=-1, OwnerUserName="anna", OwnerEmailAddress="boss@example.com")
    assert saved["OwnerId"] == str(users(office)["anna"].id)


def test_without_an_owner_id_the_email_address_counts(office):
    saved = office.saved(system(1), OwnerUserName="anna", OwnerEmailAddress="boss@example.com")
    assert saved["OwnerId"] == str(users(office)["boss"].id)


@pytest.mark.parametrize(
    "more", [{"OwnerId": -1, "OwnerEmailAddress": "eva@example.com"}, {"OwnerId": 0}, {}]
)
def test_an_unknown_user_name_is_refused_and_becomes_no_user(office, more):
    before = set(users(office))
    answer = office.save(system(1), OwnerUserName="EXAMPLE\\anan", **more)
    assert refused(office, answer) is e.UserNotFound
    assert "check OwnerUserName" in answer.sentence
    assert set(users(office)) == before


def test_an_unknown_owner_becomes_a_user_named_after_the_email_address(office):
    owner = {"OwnerEmailAddress": "eva@example.com", "OwnerFirstName": "Eva", "OwnerLastName": "Berg"}
    saved = office.saved(system(1), **owner)
    assert saved["OwnerFirstName"] == "Eva"
    assert saved["OwnerLastName"] == "Berg"
    assert "eva" in saved["OwnerUserName"]
    again = office.saved(system(2), **owner)
    assert again["OwnerId"] == saved["OwnerId"]


def test_first_and_last_name_find_nobody_and_change_nobody(office):
    office.saved(system(1), OwnerEmailAddress="eva@example.com", OwnerFirstName="Eva")
    again = office.saved(system(2), OwnerEmailAddress="eva@example.com", OwnerFirstName="Other")
    assert again["OwnerFirstName"] == "Eva"
    named = office.saved(system(4), OwnerFirstName="Eva")
    assert named["OwnerId"] == str(users(office)["boss"].id)


def test_without_an_owner_the_caller_owns_what_is_booked(office):
    office.user_name = "anna"
    assert office.saved(system(1))["OwnerId"] == str(users(office)["anna"].id)


def test_booking_for_somebody_else_needs_the_permission_to_do_so(office):
    office.user_name = "anna"
    answer = office.save(system(1), OwnerId=users(office)["boss"].id)
    assert refused(office, answer) is e.PermissionMissing


@pytest.mark.parametrize(
    ("element", "value"),
    [
        *[("ConferenceType", text) for text in BOOKABLE_TYPES],
        *[("PictureMode", text) for text in enumerations.PICTURE_MODES.values()],
        *[("Encrypted", text) for text in enumerations.CHOICES.values()],
        *[("ShowExtendOption", text) for text in enumerations.EXTEND_MODES.values()],
    ],
)
def test_a_value_is_kept_and_default_does_not_change_it(office, element, value):
    saved = office.saved(system(1), **{element: value})
    assert saved[element] == value
    kept = office.conference_in(change(office, saved, **{element: "Default"}))
    assert kept[element] == value
    kept = office.conference_in(change(office, kept))
    assert kept[element] == value


@pytest.mark.parametrize("said", [{}, {"ConferenceType": "Default", "PictureMode": "Default"}])
def test_what_a_new_conference_leaves_open_comes_from_the_settings(office, said):
    configure(
        office,
        default_reservation_type="one-button-to-push",
        default_picture_mode="voice-switched",
        default_encryption="no",
        extend_mode="automatic-best-effort",
        default_bandwidth="1152",
        default_isdn_bandwidth="128",
    )
    saved = office.saved(system(1), **said)
    assert saved["ConferenceType"] == "One Button To Push"
    assert saved["PictureMode"] == "Voice Switched"
    assert saved["Encrypted"] == "No"
    assert saved["ShowExtendOption"] == "AutomaticBestEffort"
    found = read(office, saved["ConferenceId"])
    names = f"{{{BOOKING}}}Bandwidth"
    assert found.all("IPBandwidth")[0].findtext(names) == "18b/1152kbps"
    assert found.all("ISDNBandwidth")[0].findtext(names) == "2b/128kbps"


def test_a_data_conference_is_off_unless_told_otherwise(office):
    assert office.saved(system(1))["DataConference"] == "No"


@pytest.mark.parametrize("element", ["ISDNBandwidth", "IPBandwidth"])
def test_every_bandwidth_is_kept_and_default_does_not_change_it(office, element):
    saved = office.saved(system(1))

    def save(version, bandwidth):
        inner = elements(ConferenceId=saved["ConferenceId"], Version=version)
        inner += f"<{element}><Bandwidth>{bandwidth}</Bandwidth></{element}>"
        answer = office.call("SaveConference", f"<Conference>{inner}</Conference>")
        return answer.all(element)[0].findtext(f"{{{BOOKING}}}Bandwidth")

    for number, bandwidth in enumerate(enumerations.BANDWIDTHS.values()):
        assert save(2 * number + 1, bandwidth) == bandwidth
        assert save(2 * number + 2, "Default") == bandwidth


def test_a_bandwidth_that_an_old_client_does_not_know_survives_its_save(office):
    inner = "<IPBandwidth><Bandwidth>6000kbps</Bandwidth></IPBandwidth>"
    saved = office.conference_in(wrapped(office, inner))
    seen = read(office, saved["ConferenceId"], version=8).all("IPBandwidth")[0]
    assert seen.findtext(f"{{{BOOKING}}}Bandwidth") == "Default"
    sent_back = elements(ConferenceId=saved["ConferenceId"]) + etree.tostring(seen).decode()
    assert office.call("SaveConference", f"<Conference>{sent_back}</Conference>", version=8).status == 200
    kept = read(office, saved["ConferenceId"], version=9).all("IPBandwidth")[0]
    assert kept.findtext(f"{{{BOOKING}}}Bandwidth") == "6000kbps"


def test_a_pin_is_kept_and_one_is_made_up_only_when_the_setting_says_so(office):
    assert office.saved(system(1), Password="4711")["Password"] == "4711"
    assert office.saved(system(2))["Password"].isdigit()
    configure(office, auto_generate_pin="No")
    assert not office.saved(system(4)).get("Password")


def test_a_pin_is_numeric(office):
    assert refused(office, office.save(system(1), Password="secret")) is e.UnknownError


def test_a_billing_code_is_checked_where_one_is_required(office):
    assert "BillingCode" not in office.saved(system(1))
    configure(office, billing_codes="required", known_billing_codes="b-1 b-2")
    for code in ({}, {"BillingCode": "b-3"}):
        answer = office.save(system(2), **code)
        assert refused(office, answer) is e.UnknownError
        assert "Invalid billing code" in answer.sentence
    assert office.saved(system(2), BillingCode="b-2")["BillingCode"] == "b-2"


def test_isdn_channels_are_not_restricted_unless_told_otherwise(office):
    assert office.saved(system(1))["ISDNRestrict"] == "false"
    assert office.saved(system(2), ISDNRestrict="true")["ISDNRestrict"] == "true"


TEXTS = {
    "EmailTo": "a@example.com; b@example.com",
    "UserMessageText": "Bring coffee",
    "Location": "Oslo and Paris",
    "Invitees": "a@example.com;b@example.com",
    "MeetingSource": "Room panel",
    "ConferenceLanguage": "nb-NO",
    "DetachedFromExternalSourceId": "x",
    "DetachedFromExternalPrimaryKey": "k",
}


@pytest.mark.parametrize(("element", "text"), TEXTS.items())
def test_texts_come_back_as_they_were_saved(office, element, text):
    saved = office.saved(system(1), **{element: text})
    assert plain(office, saved["ConferenceId"])[element] == text
    kept = office.conference_in(change(office, saved, Title="Another"))
    assert kept[element] == text


def test_texts_are_blank_unless_said(office):
    saved = office.saved(system(1))
    blank = set(TEXTS) - {"ConferenceLanguage"}
    assert not any(saved.get(element) for element in blank)
    assert saved["ConferenceLanguage"] == "en-US"


def test_a_stored_conference_tells_how_it_connects(office):
    saved = office.saved(system(1) + system(2))
    seen = plain(office, saved["ConferenceId"])
    assert "1@example.com" in seen["ConferenceInfoText"]
    assert "<" in seen["ConferenceInfoHtml"]


def test_all_occurrences_carry_the_external_key(book):
    book.saved(pattern(), system(1), ExternalSourceId="exchange", ExternalPrimaryKey="k1")
    seen = [book.occurrence(number) for number in book.ids().values()]
    assert {(one["ExternalSourceId"], one["ExternalPrimaryKey"]) for one in seen} == {("exchange", "k1")}


@pytest.mark.parametrize("source", ["TMS", "TMS-ADHOC"])
def test_source_ids_of_the_server_are_refused(office, source):
    answer = office.save(system(1), ExternalSourceId=source, ExternalPrimaryKey="k")
    assert refused(office, answer) is e.UnknownError


def test_the_meeting_source_of_the_server_is_refused(office):
    assert refused(office, office.save(system(1), MeetingSource="EX:PROXY")) is e.UnknownError


def test_missing_participants_are_left_and_an_empty_list_clears_them(office):
    saved = office.saved(system(1) + system(2))
    kept = office.conference_in(change(office, saved))
    assert [one["ParticipantId"] for one in participants_of(office, saved["ConferenceId"])] == ["1", "2"]
    assert change(office, kept, "").status == 200
    assert participants_of(office, saved["ConferenceId"]) == []


def test_a_conference_can_be_booked_without_participants(office):
    assert office.saved("")["Version"] == "1"


def test_the_version_counts_up_and_an_older_one_is_refused(office):
    saved = office.saved(system(1))
    assert saved["Version"] == "1"
    changed = office.conference_in(change(office, saved, Title="Second"))
    assert changed["Version"] == "2"
    assert refused(office, change(office, saved)) is e.ConcurrentModification
    assert office.conference_in(change(office, changed))["Version"] == "3"


def test_a_missing_version_counts_as_0(office):
    saved = office.saved(system(1))
    assert refused(office, change(office, saved, Version=None)) is e.ConcurrentModification
    assert refused(office, change(office, saved, Version=0)) is e.ConcurrentModification


def test_outsiders_see_the_private_title_of_a_private_conference(office):
    private = office.saved(system(1), Title="Merger", PrivacyFlag="Busy")["ConferenceId"]
    normal = office.saved(system(2), Title="Lunch", PrivacyFlag="")["ConferenceId"]
    assert plain(office, private)["Title"] == "Merger"
    office.user_name = "anna"
    assert plain(office, private)["Title"] == "Busy"
    assert plain(office, normal)["Title"] == "Lunch"
    assert titles(listed(office, "GetConferencesForSystems")) == ["Busy"]


def guest(email):
    inner = elements(NameOrNumber="A guest", EmailAddress=email, ParticipantCallType="SIP <-")
    return f"<Participant>{inner}</Participant>"


def reached_at(office, name, email):
    caller = office.callers[name]
    office.callers[name] = replace(caller, user=replace(caller.user, email=email))


@pytest.mark.parametrize(("email", "seen"), [("Anna@Example.com", "Merger"), ("eve@example.com", "Busy")])
@pytest.mark.parametrize("operation", ["GetConferencesForSystems", "GetConferencesForUser"])
def test_lists_show_participants_the_title_of_a_private_conference(office, operation, email, seen):
    office.saved(system(1) + guest("anna@example.com"), Title="Merger", PrivacyFlag="Busy")
    reached_at(office, "anna", email)
    office.user_name = "anna"
    more = {"UserName": "boss"} if operation == "GetConferencesForUser" else {}
    assert titles(listed(office, operation, **more)) == [seen]


@pytest.mark.parametrize(("email", "seen"), [("anna@example.com", "Merger"), ("eve@example.com", "Busy")])
@pytest.mark.parametrize("is_invited", [True, False])
def test_a_clash_tells_the_title_that_the_caller_may_see(office, email, seen, is_invited):
    people = {"Invitees": "x@example.com;anna@example.com"} if is_invited else {}
    office.saved(
        system(1) + guest("" if is_invited else "anna@example.com"),
        Title="Merger",
        PrivacyFlag="Busy",
        **people,
    )
    reached_at(office, "anna", email)
    office.user_name = "anna"
    answer = office.save(system(1))
    assert refused(office, answer) is e.SystemAlreadyBooked
    assert f"'{seen}'" in answer.sentence


@contextmanager
def statements(office):
    """What is sent to the database meanwhile."""
    sent = []

    def note(connection, cursor, statement, *rest):
        sent.append(statement)

    event.listen(office.store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(office.store.engine, "before_cursor_execute", note)


def test_private_titles_cost_one_statement_for_a_whole_list_and_none_where_nothing_is_private(office):
    reached_at(office, "anna", "anna@example.com")
    office.saved(system(1), Title="Lunch")
    office.user_name = "anna"
    with statements(office) as without:
        listed(office, "GetConferencesForSystems")
    office.user_name = "boss"
    for number in range(3):
        office.saved(
            system(2) + guest("anna@example.com" if number else ""),
            Title=f"Merger {number}",
            PrivacyFlag="Busy",
            **at(office, (4 + 2 * number) * HOUR),
        )
    office.user_name = "anna"
    with statements(office) as with_private:
        found = titles(listed(office, "GetConferencesForSystems", systems=[1, 2]))
    assert found == ["Busy", "Lunch", "Merger 1", "Merger 2"]
    assert len(with_private) == len(without) + 1


def test_exceptions_of_a_series_take_no_statements_of_their_own(book, office):
    counts = []
    for room, changes in ((1, 1), (4, 3)):
        changed = "".join(
            exception("MODIFY", book.start + day * DAY, elements(Title=f"Other {day}"))
            for day in range(1, 1 + changes)
        )
        saved = book.saved(pattern(PatternInstances=5, exceptions=changed), system(room))
        with statements(office) as sent:
            assert len(book.series(saved["ConferenceId"]).all("ExceptionType")) == changes
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_join_uri_is_there_only_with_a_bridge(office):
    assert "JoinUri" not in office.saved(system(1))
    assert office.saved(external("SIP <-"))["JoinUri"] == "1@example.com"


def test_a_join_url_is_there_only_with_a_web_bridge(office):
    add_bridge(office)
    with_web, without = (office.saved(external("SIP <-")) for _ in range(2))
    assert with_web["JoinUrl"].startswith("https://join.example.com/")
    assert without["JoinUri"] == "7@two.example.com"
    assert "JoinUrl" not in without
    assert "JoinUrl" not in office.saved(system(1))


def test_a_conference_is_not_recorded_unless_told_otherwise(office):
    assert office.saved(system(1))["IsRecordingEnabled"] == "false"


# ------------------------------------------------------------------ ConferenceTimeZoneRules


def zone_of(book, number):
    return book.series(number).all("Id")[0].text


def test_without_rules_a_series_is_in_the_zone_of_its_owner(book):
    book.start = datetime.fromisoformat("2026-03-28T09:00:00+00:00")  # the clocks of Oslo change that night
    book.saved(pattern(PatternInstances=2), system(1))
    assert book.starts() == ["2026-03-28 09:00:00Z", "2026-03-29 08:00:00Z"]


def test_a_zone_is_kept_when_an_update_brings_none(book):
    saved = book.saved(pattern() + zone_elements(book.office, OLD_ZONE), system(1))
    again = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    kept = book.saved(pattern() + "<ConferenceTimeZoneRules/>", **again, Title="Later")
    assert zone_of(book, saved["ConferenceId"]) == OLD_ZONE
    again = {"ConferenceId": saved["ConferenceId"], "Version": kept["Version"]}
    assert book.save(pattern(), version=10, **again, Title="Older client").status == 200
    assert zone_of(book, saved["ConferenceId"]) == OLD_ZONE


def test_a_zone_is_changed_by_the_rules_of_an_update(book):
    saved = book.saved(pattern() + zone_elements(book.office, OLD_ZONE), system(1))
    again = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    book.saved(pattern() + zone_elements(book.office, "Tokyo Standard Time"), **again)
    assert zone_of(book, saved["ConferenceId"]) == "Tokyo Standard Time"


def test_a_single_conference_keeps_its_zone(office, book):
    answer = wrapped(office, zone_elements(office, OLD_ZONE))
    saved = office.conference_in(answer)
    assert change(office, saved, Title="Later").status == 200
    assert zone_of(book, saved["ConferenceId"]) == OLD_ZONE


def test_clients_before_version_11_book_in_the_zone_of_the_server(book):
    configure(book.office, server_time_zone="America/Chicago")
    book.start = datetime.fromisoformat("2026-03-07T15:00:00+00:00")  # a day before the change in Chicago
    book.save(pattern(PatternInstances=2), system(1), version=10)
    assert book.starts() == ["2026-03-07 15:00:00Z", "2026-03-08 14:00:00Z"]


def test_clients_before_version_11_get_no_time_zone_rules(book):
    saved = book.saved(pattern() + zone_elements(book.office, OLD_ZONE), system(1))
    assert read(book.office, saved["ConferenceId"], version=11).all("TimeZoneRule")
    assert not read(book.office, saved["ConferenceId"], version=10).all("TimeZoneRule")


def odd_rules(minutes):
    """Rules that hold nowhere."""
    rule = elements(Id="Odd", DisplayName="Odd", BaseOffsetInMinutes=minutes, DaylightOffsetInMinutes=0)
    return f"<ConferenceTimeZoneRules><TimeZoneRule>{rule}</TimeZoneRule></ConferenceTimeZoneRules>"


@pytest.mark.parametrize("minutes", [600, 9999], ids=["valid", "invalid"])
def test_time_zone_rules_that_clients_before_version_11_send_are_ignored(book, minutes):
    configure(book.office, server_time_zone="America/Chicago")
    book.start = datetime.fromisoformat("2026-03-07T15:00:00+00:00")  # a day before the change in Chicago
    rules = odd_rules(minutes)
    changed = exception("MODIFY", book.start, elements(Title="Other") + rules)
    saved = book.saved(pattern(PatternInstances=2, exceptions=changed) + rules, system(1), version=10)
    assert book.starts() == ["2026-03-07 15:00:00Z", "2026-03-08 14:00:00Z"]
    ids = {rule.text for rule in book.series(saved["ConferenceId"]).all("Id")}
    assert ids == {"America/Chicago"}
    # The stored zone is kept as well.
    again = {"ConferenceId": saved["ConferenceId"], "version": 10, "EndTimeUTC": None, "StartTimeUTC": None}
    book.saved(rules, None, Title="Another", **again)
    assert {rule.text for rule in book.series(saved["ConferenceId"]).all("Id")} == ids
    assert list(book.starts()) == ["2026-03-07 15:00:00Z", "2026-03-08 14:00:00Z"]


@pytest.mark.parametrize(("version", "day"), [(7, "Friday"), (8, "Thursday"), (10, "Thursday")])
def test_days_of_the_week_are_days_in_utc_from_version_8_on(book, version, day):
    configure(book.office, server_time_zone="Europe/Oslo")
    book.start = datetime.fromisoformat("2026-01-29T23:30:00+00:00")  # Thursday in UTC, Friday in Oslo
    answer = book.save(pattern("Weekly", days=[day], PatternInstances=2), system(1), version=version)
    assert answer.status == 200, answer.sentence
    assert book.starts() == ["2026-01-29 23:30:00Z", "2026-02-05 23:30:00Z"]


# ------------------------------------------------------------------ Participant


def test_external_participants_keep_their_ids_or_get_positive_ones(office):
    given = f"<Participant>{elements(ParticipantId=12, ParticipantCallType='SIP <-')}</Participant>"
    saved = office.saved(external("SIP <-", "Placeholder for John Doe") + given)
    first, second = participants_of(office, saved["ConferenceId"])
    assert int(first["ParticipantId"]) > 0
    assert first["NameOrNumber"] == "Placeholder for John Doe"
    assert second["ParticipantId"] == "12"


def test_a_system_is_a_participant_by_its_id(office):
    saved = office.saved(system(4))
    assert participants_of(office, saved["ConferenceId"])[0]["ParticipantId"] == "4"
    assert refused(office, office.save(system(99))) is e.SystemNotFound


@pytest.mark.parametrize("call_type", EXTERNAL_TYPES)
def test_every_external_type_can_be_booked(office, call_type):
    saved = office.saved(external(call_type, "+1 (555) 1231234"))
    [one] = participants_of(office, saved["ConferenceId"])
    assert (one["ParticipantCallType"], one["NameOrNumber"]) == (call_type, "+1 (555) 1231234")
    assert saved["JoinUri"]


@pytest.mark.parametrize("call_type", EXTERNAL_TYPES)
def test_only_who_is_dialled_needs_a_number(office, call_type):
    answer = office.save(external(call_type))
    if call_type.endswith("->"):
        assert refused(office, answer) is e.DialOutNumberMissing
    else:
        assert answer.status == 200


def test_a_participant_without_a_type_is_a_system(office):
    saved = office.saved(f"<Participant>{elements(ParticipantId=4)}</Participant>")
    [one] = participants_of(office, saved["ConferenceId"])
    assert (one["ParticipantId"], one["ParticipantCallType"]) == ("4", "TMS")


def test_users_are_no_participants(office):
    assert refused(office, office.save(system(1, "User"))) is e.ParticipantError


def test_a_master_is_a_system_of_the_list_and_the_only_one(office):
    master = "TMS Master Participant"
    saved = office.saved(system(1) + system(2) + system(1, master))
    kinds = [one["ParticipantCallType"] for one in participants_of(office, saved["ConferenceId"])]
    assert kinds == ["TMS", "TMS", master]
    office.now += 5 * DAY
    for wrong in (
        system(1, master),  # is not in the list
        system(1) + system(2, master),  # is somebody else than the system of the list
        system(1) + system(2) + system(1, master) + system(2, master),
        external("SIP <-") + f"<Participant>{elements(ParticipantCallType=master)}</Participant>",
    ):
        assert refused(office, office.save(wrong)) is e.ParticipantError


def test_nobody_dials_into_a_reservation_but_systems_are_reserved(office):
    reservation = {"ConferenceType": "Reservation Only"}
    answer = office.save(system(1) + external("SIP <-"), **reservation)
    assert refused(office, answer) is e.CannotAddParticipant
    saved = office.saved(system(1) + system(2), **reservation)
    assert "JoinUri" not in saved
    assert refused(office, office.save(system(2))) is e.SystemAlreadyBooked


def test_a_conference_that_connects_nobody_has_a_route_all_the_same(office):
    assert office.saved(system(1) + system(2), ConferenceType="No Connect")["JoinUri"]


# ------------------------------------------------------------------ RecurrencePattern


@pytest.mark.parametrize(("interval", "offsets"), [(0, (0, 1, 2)), (1, (0, 1, 2)), (2, (0, 2, 4))])
def test_the_interval_counts_days_and_0_is_1(book, interval, offsets):
    book.saved(pattern(Interval=interval), system(1))
    assert book.starts() == [wire(book.start + offset * DAY) for offset in offsets]


def test_weekdays_leave_out_the_weekend(book):
    book.saved(pattern("DailyWeekday"), system(1))  # from a Thursday on
    assert book.starts() == [wire(book.start + offset * DAY) for offset in (0, 1, 4)]


@pytest.mark.parametrize(
    ("first_day", "dates"),
    [
        ("Monday", ["02-03", "02-08", "02-17", "02-22"]),
        ("Sunday", ["02-03", "02-15", "02-17", "03-01"]),
        (None, ["02-03", "02-15", "02-17", "03-01"]),
    ],
)
def test_the_first_day_of_the_week_is_sunday_unless_told_otherwise(book, first_day, dates):
    book.start = datetime.fromisoformat("2026-02-03T14:00:00+00:00")
    more = {"FirstDayOfWeek": first_day} if first_day else {}
    book.saved(
        pattern("Weekly", Interval=2, days=["Tuesday", "Sunday"], PatternInstances=4, **more), system(1)
    )
    assert book.starts() == [f"2026-{date} 14:00:00Z" for date in dates]


@pytest.mark.parametrize(
    ("position", "day", "dates"),
    [
        (2, "Monday", ["2026-02-09", "2026-03-09", "2026-04-13"]),
        (-1, "Tuesday", ["2026-02-24", "2026-03-31", "2026-04-28"]),
    ],
)
def test_a_position_counts_days_of_the_month(book, position, day, dates):
    book.start = datetime.fromisoformat(f"{dates[0]}T14:00:00+00:00")
    monthly = pattern("Monthly", days=[day], BySetPosition=position)
    book.saved(monthly + zone_elements(book.office, "UTC"), system(1))
    assert book.starts() == [f"{date} 14:00:00Z" for date in dates]


def test_a_day_that_a_month_lacks_is_its_last(book):
    book.start = datetime.fromisoformat("2026-01-31T14:00:00+00:00")
    book.saved(pattern("Monthly", ByMonthDay=31) + zone_elements(book.office, "UTC"), system(1))
    assert book.starts() == [f"2026-{date} 14:00:00Z" for date in ("01-31", "02-28", "03-31")]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"BySetPosition": 0, "ByMonthDay": 0},
        {"BySetPosition": 1, "ByMonthDay": 1, "days": ["Monday"]},
        {"BySetPosition": 1},
        {"ByMonthDay": 32},
        {"ByMonthDay": -1},
    ],
)
def test_a_monthly_series_has_either_a_position_of_days_or_a_day(book, values):
    assert refused(book.office, book.save(pattern("Monthly", **values), system(1))) is e.UnsupportedRecurrence


def test_a_series_ends_by_date_unless_told_otherwise(book):
    inner = elements(FrequencyType="Daily", Interval=1, PatternEndDateUTC=wire(book.start + 2 * DAY))
    book.saved(f"<RecurrencePattern>{inner}</RecurrencePattern>", system(1))
    assert book.starts() == [wire(book.start + offset * DAY) for offset in (0, 1, 2)]


def test_the_end_of_a_pattern_is_in_utc(book):
    broken = pattern(PatternEndType="EndByDate", PatternEndDateUTC="2026-02-03 10:00:00")
    assert refused(book.office, book.save(broken, system(1))) is e.InvalidDateTime


@pytest.mark.parametrize("frequency", ["Secondly", "Minutely", "Hourly", "Yearly"])
def test_frequencies_that_are_not_in_use_are_refused(book, frequency):
    assert refused(book.office, book.save(pattern(frequency), system(1))) is e.UnsupportedRecurrence


def test_a_series_has_up_to_100_occurrences(book):
    book.saved(pattern(PatternInstances=100), system(1))
    assert len(book.ids()) == 100
    answer = book.save(pattern(PatternInstances=101), system(2))
    assert refused(book.office, answer) is e.UnsupportedRecurrence


def test_no_occurrence_lies_beyond_the_booking_window(book):
    configure(book.office, booking_window="10")
    book.saved(pattern("Weekly", PatternInstances=2), system(1))
    answer = book.save(pattern("Weekly", PatternInstances=3), system(2))
    assert refused(book.office, answer) is e.OutsideBookingWindow


def test_no_occurrence_lies_in_the_past(book):
    book.start = book.office.now - DAY
    assert refused(book.office, book.save(pattern(), system(1))) is e.CannotBookInThePast


def test_occurrences_do_not_share_a_day(book):
    moved = elements(StartTimeUTC=wire(book.start + 2 * HOUR), EndTimeUTC=wire(book.start + 3 * HOUR))
    answer = book.save(pattern(exceptions=exception("MODIFY", book.start + DAY, moved)), system(1))
    assert refused(book.office, answer) is e.UnsupportedRecurrence


def test_an_occurrence_is_found_by_its_day_and_saved_by_its_id(book):
    book.saved(pattern(), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    midnight = (book.start + DAY).replace(hour=0)
    key = elements(ExternalSourceId="x", ExternalConferenceId="k", RecurrenceIdUTC=wire(midnight))
    number = book.office.call("GetConferenceIdByExternalId", key).text("GetConferenceIdByExternalIdResult")
    saved = book.saved(
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=number,
        Version=1,
        StartTimeUTC=wire(book.start + DAY + HOUR),
        EndTimeUTC=wire(book.start + DAY + 2 * HOUR),
    )
    assert saved["RecurrenceInstanceType"] == "modify"
    assert saved["RecurrenceInstanceIdUTC"] == wire(book.start + DAY)
    assert saved["StartTimeUTC"] == wire(book.start + DAY + HOUR)


def test_a_series_found_by_its_external_key_comes_with_its_exceptions(book):
    changes = exception("DELETE", book.start + DAY)
    book.saved(pattern(exceptions=changes), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    answer = book.office.call(
        "GetConferenceByExternalId", elements(ExternalSourceId="x", ExternalConferenceId="k")
    )
    assert [kind.text for kind in answer.all("ExceptionType")] == ["DELETE"]


# ------------------------------------------------------------------ Booking modes


def test_strict_stores_nothing_that_clashes(office):
    office.saved(system(1))
    for operation in ("SaveConference", "SaveConferenceWithMode"):
        assert refused(office, office.save(system(1), operation=operation)) is e.SystemAlreadyBooked
    assert len(listed(office).all("Conference")) == 1


def test_best_effort_saves_a_clash_as_defective_and_keeps_what_was_asked(office):
    office.saved(system(1))
    answer = forced(office, system(1) + system(2), Title="Second", Password="4711")
    assert answer.text("Status") == "Defective"
    assert (answer.text("Title"), answer.text("Password")) == ("Second", "4711")
    assert len(answer.all("Participant")) == 2
    assert not answer.all("JoinUri")
    assert office.saved(system(2))["ConferenceId"]  # a clash keeps nothing busy


def test_best_effort_without_a_route_keeps_the_systems_busy(office):
    office.saved(external("SIP <-"))
    assert forced(office, system(1) + external("SIP <-")).text("Status") == "Defective"
    assert refused(office, office.save(system(1))) is e.SystemAlreadyBooked
    assert refused(office, office.save(external("SIP <-"))) is e.NotEnoughBridgeResources


def test_a_defective_conference_is_mended_at_another_time(office):
    office.saved(system(1))
    answer = forced(office, system(1))
    saved = {"ConferenceId": answer.text("ConferenceId"), "Version": 1, **at(office, 4 * HOUR)}
    assert change(office, saved, system(1)).text("Status") == "Pending"


def test_bridges_are_added_by_the_server(office):
    saved = office.saved(system(1) + system(2))
    assert saved["JoinUri"] == "1@example.com"
    assert [one["ParticipantId"] for one in participants_of(office, saved["ConferenceId"])] == ["1", "2"]


def test_two_systems_call_each_other_where_the_setting_says_so(office):
    configure(office, bridge_usage="always-except-point-to-point")
    pair = office.saved(system(1) + system(2))
    assert "JoinUri" not in pair
    assert "Room 1: calls room2@example.com directly" in pair["ConferenceInfoText"]
    assert office.saved(system(4))["JoinUri"] == "1@example.com"


def test_a_fault_names_what_the_bridge_is_short_of_in_the_clients_language(office):
    office.saved(external("SIP <-"))
    times = elements(**at(office, 2 * HOUR))
    inner = f"<Conference>{times}<Participants>{external('SIP <-')}</Participants></Conference>"
    french = element("ContextHeader", elements(ClientLanguage="fr-FR"))
    answer = office.call("SaveConference", inner, context=french)
    assert refused(office, answer) is e.NotEnoughBridgeResources
    assert "Le pont 'Bridge One' n'a aucun numéro libre" in answer.sentence


# ------------------------------------------------------------------ Past and ongoing


def test_the_end_of_a_conference_lies_in_the_future(office):
    assert refused(office, office.save(system(1), **at(office, -2 * HOUR))) is e.CannotBookInThePast
    assert office.saved(system(1), **at(office, -HOUR, 2 * HOUR))["ConferenceId"]


def test_a_conference_starts_within_the_booking_window(office):
    configure(office, booking_window="5")
    assert office.saved(system(1), **at(office, 5 * DAY))["ConferenceId"]
    assert refused(office, office.save(system(2), **at(office, 5 * DAY + HOUR))) is e.OutsideBookingWindow


def test_what_is_over_is_neither_changed_nor_moved_nor_deleted(office):
    saved = office.saved(system(1))
    office.now += DAY
    assert refused(office, change(office, saved, Title="Late")) is e.CannotBookInThePast
    assert refused(office, change(office, saved, **at(office, HOUR))) is e.CannotBookInThePast
    deleted = office.call("DeleteConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    assert refused(office, deleted) is e.CannotBookInThePast


def test_the_start_of_what_is_going_on_stays(office):
    saved = going_on(office)
    moved = change(office, saved, StartTimeUTC=wire(office.now + timedelta(minutes=5)))
    assert refused(office, moved) is e.ConferenceActive


def test_the_start_of_an_occurrence_that_is_going_on_stays(book):
    book.saved(pattern(), system(1))
    book.office.now = book.start + HOUR / 2
    answer = book.save(
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=next(iter(book.ids().values())),
        Version=1,
        StartTimeUTC=wire(book.start + HOUR / 4),
    )
    assert refused(book.office, answer) is e.ConferenceActive


def test_what_is_going_on_is_extended_unless_that_clashes(office):
    saved = going_on(office)
    office.saved(system(1), **at(office, 2 * HOUR))
    longer = office.conference_in(change(office, saved, EndTimeUTC=wire(office.now + 2 * HOUR)))
    assert longer["EndTimeUTC"] == wire(office.now + 2 * HOUR)
    too_long = change(office, longer, EndTimeUTC=wire(office.now + 3 * HOUR))
    assert refused(office, too_long) is e.SystemAlreadyBooked
    assert plain(office, saved["ConferenceId"])["EndTimeUTC"] == longer["EndTimeUTC"]


def test_everything_but_the_start_of_what_is_going_on_can_be_changed(office):
    saved = going_on(office)
    changed = office.conference_in(
        change(office, saved, system(1) + system(2), Title="Renamed", Password="4711")
    )
    assert (changed["Title"], changed["Password"]) == ("Renamed", "4711")
    assert len(participants_of(office, saved["ConferenceId"])) == 2


def test_who_finds_no_bridge_is_not_added_to_what_is_going_on(office):
    saved = going_on(office)
    office.saved(external("SIP <-"), **at(office, timedelta(minutes=1)))  # the only number
    assert refused(office, change(office, saved, system(1) + system(2))) is e.NotEnoughBridgeResources
    assert len(participants_of(office, saved["ConferenceId"])) == 1


# ------------------------------------------------------------------ End and delete


@pytest.mark.parametrize("by_key", [False, True])
def test_an_ended_conference_is_finished_from_now_on(office, by_key):
    saved = going_on(office, ExternalSourceId="x", ExternalPrimaryKey="k")
    key = elements(ExternalSourceId="x", ExternalConferenceId="k", RecurrenceIdUTC=saved["StartTimeUTC"])
    if by_key:
        answer = office.call("EndConferenceByExternalId", key)
    else:
        answer = office.call("EndConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    assert answer.status == 200
    found = read(office, saved["ConferenceId"])
    assert (found.text("Status"), found.text("EndTimeUTC")) == ("Finished", wire(office.now))


def test_what_has_not_started_cannot_be_ended(office):
    number = office.saved(system(1))["ConferenceId"]
    answer = office.call("EndConferenceById", elements(ConferenceId=number))
    assert refused(office, answer) is e.ConferenceNotActive


@pytest.mark.parametrize("operation", ["DeleteConferenceById", "DeleteConferenceRecInstanceById"])
def test_deleting_what_is_going_on_ends_it(office, operation):
    saved = going_on(office)
    assert office.call(operation, elements(ConferenceId=saved["ConferenceId"])).status == 200
    found = read(office, saved["ConferenceId"])
    assert (found.text("Status"), found.text("EndTimeUTC")) == ("Finished", wire(office.now))


def test_a_deleted_conference_is_deleted_and_gives_its_systems_free(office):
    number = office.saved(system(1))["ConferenceId"]
    office.call("DeleteConferenceById", elements(ConferenceId=number))
    assert read(office, number).text("Status") == "Deleted"
    assert office.saved(system(1))["ConferenceId"] != number


CLOSED_BY_KEY = [
    "DeleteConferenceByExternalId",
    "DeleteConferenceInstanceByExternaId",
    "EndConferenceByExternalId",
]
READ_BY_KEY = [
    "GetConferenceByExternalId",
    "GetConferenceIdByExternalId",
    "GetConferenceInstanceByExternalId",
    "GetConferenceInviteMail",
]
KEY = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}


def by_key(office, operation, recurrence_id=None):
    more = {} if recurrence_id is None else {"RecurrenceIdUTC": wire(recurrence_id)}
    return office.call(operation, elements(ExternalSourceId="x", ExternalConferenceId="k", **more))


@pytest.mark.parametrize("operation", CLOSED_BY_KEY)
def test_what_was_deleted_is_neither_ended_nor_deleted_by_its_key(office, operation):
    office.saved(system(1), **KEY)
    assert by_key(office, "DeleteConferenceByExternalId").status == 200
    assert refused(office, by_key(office, operation)) is e.ConferenceIsDeleted
    office.user_name = "guest"
    assert refused(office, by_key(office, operation)) is e.PermissionMissing


@pytest.mark.parametrize("operation", CLOSED_BY_KEY)
def test_a_deleted_series_is_neither_ended_nor_deleted_by_its_key(book, office, operation):
    book.saved(pattern(), system(1), **KEY)
    assert by_key(office, "DeleteConferenceByExternalId").status == 200
    assert refused(office, by_key(office, operation)) is e.ConferenceIsDeleted
    second = by_key(office, operation, book.start + DAY)
    assert refused(office, second) is e.ConferenceIsDeleted
    if operation != "DeleteConferenceByExternalId":
        never = by_key(office, operation, book.start + 9 * DAY)
        assert refused(office, never) is e.OccurrenceNotFound


@pytest.mark.parametrize("operation", CLOSED_BY_KEY[1:])
def test_a_deleted_occurrence_is_neither_ended_nor_deleted_by_its_key(book, office, operation):
    book.saved(pattern(), system(1), **KEY)
    second = book.start + DAY
    assert by_key(office, "DeleteConferenceInstanceByExternaId", second).status == 200
    assert refused(office, by_key(office, operation, second)) is e.ConferenceIsDeleted
    assert refused(office, by_key(office, operation, second + HOUR)) is e.ConferenceIsDeleted


def test_on_a_day_with_a_deleted_occurrence_another_one_is_found_but_never_by_the_deleted_ones_start(
    book, office
):
    second, added = book.start + DAY, book.start + DAY + 4 * HOUR
    times = elements(StartTimeUTC=wire(added), EndTimeUTC=wire(added + HOUR))
    changes = exception("DELETE", second) + exception("ADD", data=times)
    book.saved(pattern(exceptions=changes), system(1), **KEY)
    found = by_key(office, "GetConferenceInstanceByExternalId", second + HOUR)
    assert office.conference_in(found)["StartTimeUTC"] == wire(added)
    answer = by_key(office, "DeleteConferenceInstanceByExternaId", second)
    assert refused(office, answer) is e.ConferenceIsDeleted
    assert by_key(office, "DeleteConferenceInstanceByExternaId", second + HOUR).status == 200
    assert book.starts() == [wire(book.start), wire(book.start + 2 * DAY)]


@pytest.mark.parametrize("operation", READ_BY_KEY)
def test_what_was_deleted_is_not_read_by_its_key(office, operation):
    office.saved(system(1), **KEY)
    by_key(office, "DeleteConferenceByExternalId")
    assert refused(office, by_key(office, operation)) is e.ConferenceNotFound


@pytest.mark.parametrize("operation", READ_BY_KEY[1:])
def test_a_deleted_occurrence_is_not_read_by_its_key(book, office, operation):
    book.saved(pattern(), system(1), **KEY)
    second = book.start + DAY
    by_key(office, "DeleteConferenceInstanceByExternaId", second)
    answer = by_key(office, operation, second)
    assert refused(office, answer) is e.OccurrenceNotFound
    assert "has been deleted" in answer.sentence


def test_the_key_of_a_deleted_conference_can_be_used_again(office):
    gone = office.saved(system(1), **KEY)["ConferenceId"]
    by_key(office, "DeleteConferenceByExternalId")
    again = office.saved(system(1), **KEY)
    assert (again["ConferenceId"] != gone, again["Version"]) == (True, "1")
    assert by_key(office, "DeleteConferenceByExternalId").status == 200
    assert read(office, again["ConferenceId"]).text("Status") == "Deleted"


@pytest.mark.parametrize(
    "operation",
    [
        "DeleteConferenceById",
        "DeleteConferenceRecInstanceById",
        "EndConferenceById",
        "GetConferenceById",
        "GetRecurrentConferenceById",
        "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime",
    ],
)
def test_an_id_that_is_not_there_is_an_error(office, operation):
    assert refused(office, office.call(operation, elements(ConferenceId=99))) is e.ConferenceNotFound


@pytest.mark.parametrize(
    "operation",
    [
        "DeleteConferenceByExternalId",
        "DeleteConferenceInstanceByExternaId",
        "EndConferenceByExternalId",
        "GetConferenceByExternalId",
        "GetConferenceIdByExternalId",
        "GetConferenceInstanceByExternalId",
    ],
)
def test_an_external_key_that_is_not_there_is_an_error(office, operation):
    answer = office.call(operation, elements(ExternalSourceId="x", ExternalConferenceId="none"))
    assert refused(office, answer) is e.ConferenceNotFound


@pytest.mark.parametrize("text", ["2026-01-29 14:00:00", "2026-01-29T14:00:00+01:00"])
@pytest.mark.parametrize(
    "operation",
    [
        "DeleteConferenceInstanceByExternaId",
        "EndConferenceByExternalId",
        "GetConferenceIdByExternalId",
        "GetConferenceInstanceByExternalId",
    ],
)
def test_the_recurrence_id_of_an_occurrence_ends_with_z(office, operation, text):
    key = elements(ExternalSourceId="x", ExternalConferenceId="k", RecurrenceIdUTC=text)
    assert refused(office, office.call(operation, key)) is e.InvalidDateTime


# ------------------------------------------------------------------ Lists


def one_of_each_status(office):
    """A conference in each state that time and clients can bring about; their titles say which."""
    office.saved(system(1), Title="Finished", **at(office, HOUR))
    office.now += 3 * HOUR
    office.saved(system(1), Title="Ongoing", **at(office, -HOUR, 2 * HOUR))
    office.saved(system(1), Title="Pending", **at(office, 2 * HOUR))
    forced(office, system(1), Title="Defective")
    gone = office.saved(system(1), Title="Deleted", **at(office, 5 * HOUR))
    office.call("DeleteConferenceById", elements(ConferenceId=gone["ConferenceId"]))
    office.user_name = "guest"
    office.saved(system(1), Title="MeetingRequest", **at(office, 6 * HOUR))
    office.user_name = "boss"


FILTERS = {
    "All": {"Finished", "Ongoing", "Pending", "Defective", "Deleted", "MeetingRequest"},
    "AllExceptDeleted": {"Finished", "Ongoing", "Pending", "Defective", "MeetingRequest"},
    "Pending": {"Pending"},
    "Ongoing": {"Ongoing"},
    "Finished": {"Finished"},
    "PendingAndOngoing": {"Pending", "Ongoing"},
    "MeetingRequest": {"MeetingRequest"},
    "Rejected": set(),
    "NotSaved": set(),
    "Defective": {"Defective"},
    "Deleted": {"Deleted"},
}


def test_a_list_of_systems_holds_what_its_status_says(office):
    one_of_each_status(office)
    found = {status: set(titles(listed(office, "GetConferencesForSystems", status))) for status in FILTERS}
    assert found == FILTERS


def test_a_list_of_a_user_holds_what_its_status_says(office):
    one_of_each_status(office)
    found = {status: set(titles(listed(office, status=status))) for status in FILTERS}
    assert found == {status: wanted - {"MeetingRequest"} for status, wanted in FILTERS.items()}
    guests = listed(office, status="MeetingRequest", UserName="guest")
    assert titles(guests) == ["MeetingRequest"]


def test_a_list_of_a_user_holds_what_was_created_or_is_owned(office):
    anna = users(office)["anna"]
    office.saved(system(1), Title="For Anna", OwnerId=anna.id)
    office.user_name = "anna"
    office.saved(system(2), Title="By Anna")
    assert titles(listed(office)) == ["By Anna", "For Anna"]
    assert titles(listed(office, UserName="")) == ["By Anna", "For Anna"]
    assert titles(listed(office, UserName="boss")) == ["For Anna"]


@pytest.mark.parametrize("operation", ["GetConferencesForUser", "GetConferencesForSystems"])
def test_lists_leave_out_participants_and_texts(office, operation):
    office.saved(system(1) + external("SIP <-"), Title="Listed")
    answer = listed(office, operation)
    assert titles(answer) == ["Listed"]
    for name in (
        "Participants",
        "ConferenceInfoText",
        "ConferenceInfoHtml",
        "RecordedConferenceUri",
        "ExternalConference",
    ):
        assert answer.all(name) == []


@pytest.mark.parametrize("operation", ["GetConferencesForUser", "GetConferencesForSystems"])
def test_lists_hold_what_lies_in_their_period(office, operation):
    office.saved(system(1), Title="Before", **at(office, HOUR))
    office.saved(system(1), Title="Within", **at(office, DAY))
    office.saved(system(1), Title="After", **at(office, 3 * DAY))
    period = {
        "StartTime": wire(office.now + DAY / 2).replace(" ", "T"),
        "EndTime": wire(office.now + 2 * DAY).replace(" ", "T"),
    }
    assert titles(listed(office, operation, **period)) == ["Within"]


def test_a_list_of_several_systems_holds_each_conference_once(office):
    office.saved(system(1) + system(2), Title="Both")
    office.saved(system(4), Title="Other")
    ids = elements(SystemIds=2)
    answer = office.call(
        "GetConferencesForSystems",
        ids
        + elements(
            SystemIds=1,
            StartTime=wire(office.now).replace(" ", "T"),
            EndTime=wire(office.now + DAY).replace(" ", "T"),
            ConferenceStatus="All",
        ),
    )
    assert titles(answer) == ["Both"]


@pytest.mark.parametrize("flag", ["true", "false", None])
def test_long_running_meetings_are_listed_with_and_without_legacy(office, flag):
    office.saved(system(1), Title="Of forty days", **at(office, HOUR, 40 * DAY))
    office.saved(system(1), Title="Next year", **at(office, 300 * DAY))
    office.now += 20 * DAY
    period = {"StartTime": wire(office.now), "EndTime": wire(office.now + HOUR)}
    period = {name: text.replace(" ", "T") for name, text in period.items()}
    more = period if flag is None else period | {"Legacy": flag}
    assert titles(listed(office, "GetConferencesForSystems", **more)) == ["Of forty days"]


def test_a_list_of_a_system_that_is_not_there_is_an_error(office):
    period = elements(StartTime="2026-01-01T00:00:00Z", EndTime="2026-02-01T00:00:00Z")
    answer = office.call("GetConferencesForSystems", elements(SystemIds=99) + period)
    assert refused(office, answer) is e.SystemNotFound


def test_a_list_of_a_user_who_is_not_there_is_an_error(office):
    period = elements(StartTime="2026-01-01T00:00:00Z", EndTime="2026-02-01T00:00:00Z")
    answer = office.call("GetConferencesForUser", elements(UserName="nobody") + period)
    assert refused(office, answer) is e.UserNotFound


# ------------------------------------------------------------------ Defaults and the change log


def test_a_default_conference_starts_now_lasts_as_set_and_has_nobody(office):
    configure(office, default_scheduled_call_duration="45")
    answer = office.call("GetDefaultConference")
    assert answer.text("ConferenceId") == "-1"
    assert answer.text("StartTimeUTC") == wire(office.now)
    assert answer.text("EndTimeUTC") == wire(office.now + timedelta(minutes=45))
    assert answer.all("Participant") == []


def test_a_default_conference_can_be_saved_as_it_is(office):
    answer = office.call("GetDefaultConference")
    found = etree.tostring(answer.all("ConferenceId")[0].getparent()).decode()
    inner = found[found.index(">") + 1 : found.rindex("<")]
    saved = office.call("SaveConference", f"<Conference>{inner}</Conference>")
    assert saved.status == 200
    assert int(saved.text("ConferenceId")) > 0


def test_the_current_transaction_is_not_repeated(office):
    first, second = office.saved(system(1)), office.saved(system(2))
    office.call("DeleteConferenceById", elements(ConferenceId=first["ConferenceId"]))
    change(office, second, Title="Changed")
    assert transactions(office, 0) == [
        ("1", first["ConferenceId"], "New"),
        ("2", second["ConferenceId"], "New"),
        ("3", first["ConferenceId"], "Deleted"),
        ("4", second["ConferenceId"], "Updated"),
    ]
    assert [row[0] for row in transactions(office, 2)] == ["3", "4"]
    assert transactions(office, 4) == []


def test_a_list_that_is_incomplete_is_asked_for_page_by_page(office):
    configure(office, transaction_page_limit="2")
    for number in (1, 2, 4):
        office.saved(system(number))
    office.saved("")
    office.saved("")
    seen, since, pages = [], 0, 0
    while True:
        page = transactions(office, since)
        pages += 1
        seen += [row[0] for row in page if row[2] != "ListIncomplete"]
        since = page[-1][0]
        if page[-1][2] != "ListIncomplete":
            break
    assert (seen, pages) == (["1", "2", "3", "4", "5"], 3)


def test_the_change_log_can_be_asked_for_one_system(office):
    first, second = office.saved(system(1)), office.saved(system(2))
    assert [row[1] for row in transactions(office, 0, SystemId=1)] == [first["ConferenceId"]]
    assert [row[1] for row in transactions(office, 0, SystemId=2)] == [second["ConferenceId"]]
    answer = office.call("GetTransactionsSince", elements(CurrentTransactionId=0, SystemId=99))
    assert refused(office, answer) is e.SystemNotFound


def test_a_conference_tells_its_last_transaction(office):
    saved = office.saved(system(1))
    changed = office.conference_in(change(office, saved))
    assert changed["TransactionId"] == transactions(office, 0)[-1][0] == "2"


# ------------------------------------------------------------------ SaveConferenceWithMode


def test_the_external_key_is_looked_up_before_the_id(office):
    keyed = office.saved(system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    other = office.saved(system(2))
    by_key = change(
        office, {**other, "Version": keyed["Version"]}, ExternalSourceId="x", ExternalPrimaryKey="k"
    )
    assert by_key.text("ConferenceId") == keyed["ConferenceId"]
    new_key = change(office, other, ExternalSourceId="x", ExternalPrimaryKey="unknown")
    assert new_key.text("ConferenceId") == other["ConferenceId"]
    fresh = office.saved(system(4), ExternalSourceId="y", ExternalPrimaryKey="k")
    assert fresh["ConferenceId"] not in (keyed["ConferenceId"], other["ConferenceId"])


def test_a_save_answers_what_is_stored(office):
    saved = office.saved(system(1) + external("SIP <-", "A guest"), Title="It's here")
    stored = plain(office, saved["ConferenceId"])
    assert saved == stored


def test_times_are_given_back_in_utc(office):
    saved = office.saved(system(1), StartTimeUTC="2026-01-29 14:00:00Z", EndTimeUTC="2026-01-29 15:00:00Z")
    seen = read(office, saved["ConferenceId"], version=5)
    assert seen.text("StartTimeUTC") == "2026-01-29 14:00:00Z"
    assert seen.text("EndTimeUTC") == "2026-01-29 15:00:00Z"


def test_saving_a_series_by_any_of_its_ids_changes_all_of_it(book):
    saved = book.saved(pattern(), system(1), Title="Old")
    second = list(book.ids().values())[1]
    times = book.occurrence(second)
    book.saved(
        "",
        ConferenceId=second,
        Version=saved["Version"],
        StartTimeUTC=times["StartTimeUTC"],
        EndTimeUTC=times["EndTimeUTC"],
        Title="New",
    )
    assert book.starts() == [wire(book.start + offset * DAY) for offset in (0, 1, 2)]
    assert {book.occurrence(number)["Title"] for number in book.ids().values()} == {"New"}


def test_one_occurrence_can_be_saved_in_either_mode(book):
    office = book.office
    book.saved(pattern(), system(1))
    series = list(book.ids().values())
    office.saved(system(2), StartTimeUTC=wire(book.start + DAY), EndTimeUTC=wire(book.start + DAY + HOUR))
    wanted = {"ConferenceId": series[1], "Version": 1, "StartTimeUTC": None, "EndTimeUTC": None}
    for more in ({}, {"mode": "Strict"}):
        answer = book.save("", system(2), operation="SaveConferenceRecInstance", **wanted, **more)
        assert refused(office, answer) is e.SystemAlreadyBooked
    book.saved("", system(2), operation="SaveConferenceRecInstance", mode="BestEffortForced", **wanted)
    states = [read(office, number).text("Status") for number in series]
    assert states == ["Pending", "Defective", "Pending"]


@pytest.mark.parametrize("said", ["true", "false"])
def test_several_conferences_are_one_transaction_whatever_the_request_says(office, said):
    one = f"{elements(**at(office, HOUR))}<Participants>{system(1)}</Participants>"
    inner = f"<Conferences>{one}</Conferences>" * 2 + elements(oneTransaction=said)
    assert refused(office, office.call("SaveConferences", inner)) is e.SystemAlreadyBooked
    assert transactions(office, 0) == []


# ------------------------------------------------------------------ Header

LICENSED = [
    "SaveConferenceRecInstanceWithMode",
    "SaveConferenceWithMode",
    "SaveConference",
    "SaveConferenceRecInstance",
    "SaveConferences",
    "EndConferenceById",
    "DeleteConferenceById",
    "DeleteConferenceRecInstanceById",
    "DeleteConferenceByExternalId",
    "DeleteConferenceInstanceByExternaId",
    "EndConferenceByExternalId",
]


@pytest.mark.parametrize("operation", sorted(BOOKING_SERVICE.operations))
def test_only_the_functions_that_need_a_licence_need_a_session(office, operation):
    inner = "<Conference/>" if operation.startswith("Save") else elements(ConferenceId=99)
    if operation == "SaveConferences":
        inner = f"<Conferences>{elements(**at(office, HOUR))}</Conferences>"
    answer = office.call(operation, inner, header=version_header(23))
    is_refused = answer.status == 500 and office.code(answer) == e.ClientSessionBlank.code
    assert is_refused is (operation in LICENSED)


# ------------------------------------------------------------------ Remote setup


def test_systems_are_listed_and_bridges_are_not(office):
    answer = office.setup("GetSystems")
    names = [found.text for found in answer.root.iter() if etree.QName(found).localname == "SystemName"]
    assert names == ["Room 1", "Room 2", "Room 3", "Room 4"]


def test_systems_of_a_user_are_those_that_can_be_booked(office):
    def ids():
        answer = office.setup("GetSystemsForUser")
        return [found.text for found in answer.root.iter() if etree.QName(found).localname == "SystemId"]

    assert ids() == ["1", "2", "4"]
    office.user_name = "guest"
    assert ids() == []


def test_a_system_that_is_not_there_is_an_error_of_the_setup_service(office):
    answer = office.setup("GetSystemById", elements(TMSSystemId=99))
    assert refused(office, answer) is e.SystemNotFound


# ------------------------------------------------------------------ Series that live on


@pytest.mark.parametrize(
    "data",
    [
        elements(Title="a" * 256),
        elements(Password="abc"),
        elements(MeetingSource="EX:PROXY"),
    ],
)
def test_what_an_exception_says_is_checked_like_what_a_series_says(book, data):
    exceptions = exception("MODIFY", book.start + DAY, data)
    assert refused(book.office, book.save(pattern(exceptions=exceptions), system(1))) is e.UnknownError
    assert book.ids() == {}


def test_an_unlisted_billing_code_of_an_exception_is_refused(book):
    configure(book.office, billing_codes="Required", known_billing_codes="blue")
    exceptions = exception("MODIFY", book.start + DAY, elements(BillingCode="red"))
    answer = book.save(pattern(exceptions=exceptions), system(1), BillingCode="blue")
    assert refused(book.office, answer) is e.UnknownError


def test_a_deleted_series_is_not_saved_again(book):
    saved = book.saved(pattern(), system(1))
    book.office.call("DeleteConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    again = book.save("", ConferenceId=saved["ConferenceId"], Version=2, Title="Again")
    assert refused(book.office, again) is e.ConferenceIsDeleted


def test_an_ad_hoc_conference_is_not_booked(office):
    answer = office.save(system(1), ConferenceType="Ad-Hoc conference")
    assert refused(office, answer) is e.UnknownError
    assert titles(listed(office)) == []


def retitle(book, number, version, **times):
    times = {"StartTimeUTC": None, "EndTimeUTC": None, **times}
    return book.saved("", ConferenceId=number, Version=version, Title="Renamed", **times)


def test_a_moved_series_stays_where_it_is_when_its_title_changes(book):
    number = book.saved(pattern(), system(1))["ConferenceId"]
    moved = {"StartTimeUTC": wire(book.start + 2 * HOUR), "EndTimeUTC": wire(book.start + 3 * HOUR)}
    number = retitle(book, number, 1, **moved)["ConferenceId"]
    before = book.starts()
    retitle(book, number, 2)
    assert book.starts() == before == [wire(book.start + 2 * HOUR + n * DAY) for n in range(3)]


def test_occurrences_stay_as_long_as_they_were_when_one_was_ended_early(book):
    number = book.saved(pattern(), system(1))["ConferenceId"]
    book.office.now = book.start + HOUR / 4
    book.office.call("EndConferenceById", elements(ConferenceId=number))
    retitle(book, number, 2)
    last = list(book.ids().values())[-1]
    assert book.occurrence(last)["EndTimeUTC"] == wire(book.start + 2 * DAY + HOUR)


def test_an_exception_keeps_its_title_when_the_series_changes_beside_an_ongoing_occurrence(book):
    exceptions = exception("MODIFY", book.start + DAY, elements(Title="Own"))
    number = book.saved(pattern(exceptions=exceptions), system(1))["ConferenceId"]
    book.office.now = book.start + HOUR / 4
    retitle(book, number, 1)
    found = [book.occurrence(number)["Title"] for number in book.ids().values()]
    assert found[1:] == ["Own", "Renamed"]


def test_a_series_changes_twice_while_the_occurrence_that_left_it_goes_on(book):
    number = book.saved(pattern(), system(1))["ConferenceId"]
    book.office.now = book.start + HOUR / 4
    changed = retitle(book, number, 1)
    retitle(book, changed["ConferenceId"], changed["Version"])
    assert len(book.ids()) == 3


def test_a_date_deleted_before_is_not_in_the_change_log_again(book):
    number = book.saved(pattern(), system(1))["ConferenceId"]
    second = list(book.ids().values())[1]
    book.office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=second))
    retitle(book, number, 2)
    assert [kind for found, kind in book.transactions() if found == second] == ["New", "Deleted"]


def test_a_meeting_that_ended_as_it_began_is_still_listed(office):
    number = office.saved(system(1), Title="Short")["ConferenceId"]
    office.now += 2 * HOUR
    office.call("EndConferenceById", elements(ConferenceId=number))
    assert titles(listed(office)) == ["Short"]


def test_texts_of_one_line_are_stored_as_one(office):
    broken = "a\r\nb\tc"
    names = ("Title", "Location", "BillingCode", "ExternalSourceId", "ExternalPrimaryKey", "MeetingSource")
    people = external("SIP ->", f"x@example.com\r\n{broken}")
    saved = office.saved(people, **dict.fromkeys(names, broken), UserMessageText="one\ntwo")
    stored = plain(office, saved["ConferenceId"])
    assert {stored[name] for name in names} == {"a b c"}
    assert stored["UserMessageText"] == "one\ntwo"
    [guest] = participants_of(office, saved["ConferenceId"])
    assert guest["NameOrNumber"] == "x@example.com a b c"
