"""What clients of every API version read and save back unchanged leaves what is stored as it was."""

import pytest
from bookings import at, configure, listed, participants_of, plain, read, refused, zone_elements
from lxml import etree
from office import system, wire
from series_book import DAY, HOUR, Book, exception, pattern
from soap_client import BOOKING, elements
from sqlalchemy import select
from webex_book import EMPTY, PHONE, external, owned, webex

from tmsba.domain.errors import WebExError
from tmsba.soap.wire.versions import SERVER_VERSION
from tmsba.store.tables.tables import (
    conference,
    occurrence,
    participant,
    space_reservation,
    system_reservation,
)

#: Every API version there is.
#: Each stands for those around it; the others take minutes.
_IN_SHORT = {0, 6, 15}
VERSIONS = [
    version if version in _IN_SHORT else pytest.param(version, marks=pytest.mark.long)
    for version in range(SERVER_VERSION + 1)
]

#: What every save counts up.
_COUNTED = {"version", "transaction_id"}
#: Every element that came with a later API version than 0, and every value.
RICH = {
    "Title": "Rich & full",
    "ConferenceType": "No Connect",
    "Bandwidth": "40b/2560kbps",
    "PictureMode": "Enhanced CP",
    "Encrypted": "Yes",
    "ShowExtendOption": "AutomaticBestEffort",
    "Password": "1234",
    "BillingCode": "B1",
    "ISDNRestrict": "true",
    "EmailTo": "desk@example.com",
    "ConfBundleId": "bundle",
    "ConfOwnerId": "conf-owner",
    "UserMessageText": "Bring cake",
    "ExternalSourceId": "calendar",
    "ExternalPrimaryKey": "key-1",
    "DetachedFromExternalSourceId": "other",
    "DetachedFromExternalPrimaryKey": "key-0",
    "ConferenceLanguage": "de-DE",
    "Location": "Room 1",
    "Invitees": "anna@example.com",
    "SecretCode": "s3cret",
    "MeetingSource": "script",
    "PrivacyFlag": "Normal",
    "IsRecordingEnabled": "true",
}
#: One date that says everything otherwise, as far as dates can.
OTHER = {
    **RICH,
    "Title": "Another day",
    "ConferenceType": "One Button To Push",
    "Bandwidth": "7b/448kbps",
    "PictureMode": "Voice Switched",
    "ShowExtendOption": "No",
    "Password": "4321",
    "EmailTo": "other@example.com",
    "ConfBundleId": "",
    "ConfOwnerId": "other owner",
    "UserMessageText": "",
    "ConferenceLanguage": "fr-FR",
    "Location": "",
    "Invitees": "guest@example.com",
    "SecretCode": "0ther",
    "MeetingSource": "",
    "PrivacyFlag": "Private",
    "IsRecordingEnabled": "false",
}


def bandwidths(ip, isdn):
    """The two bandwidths that came with version 6."""
    return "".join(
        f"<{name}>{elements(Bandwidth=value)}</{name}>"
        for name, value in (("ISDNBandwidth", isdn), ("IPBandwidth", ip))
    )


def one_who(**values):
    return f"<Participant>{elements(**values)}</Participant>"


def people(*more):
    """Rooms, and participants that old clients do not know as they are."""
    entries = [
        {"NameOrNumber": "Ann", "EmailAddress": "ann@example.com", "ParticipantCallType": "SIP Tel <-"},
        {
            "NameOrNumber": "bob@example.com",
            "EmailAddress": "bob@example.com",
            "ParticipantCallType": "SIP Tel ->",
        },
        {"NameOrNumber": "Cid", "EmailAddress": "cid@example.com", "ParticipantCallType": "SIP <-"},
        *more,
    ]
    return system(1) + "".join(one_who(**one) for one in entries)


def stored(office):
    """All rows about conferences, but for the ids of details and for what every save counts up."""
    with office.store.engine.connect() as connection:

        def rows(table):
            return [dict(row._mapping) for row in connection.execute(select(table))]

        held = {row["id"]: row for row in rows(conference) if not row["is_deleted"]}
        places = {number: place for place, number in enumerate(sorted(held))}
        taking_part = {}
        for row in rows(participant):
            taking_part.setdefault(row.pop("conference_id"), []).append(row)
        of_conference = {
            number: {
                **{name: value for name, value in row.items() if name not in ("id", "series_id")},
                "series": places.get(row["series_id"]),
                "participants": sorted(taking_part.get(number, []), key=lambda one: one["position"]),
            }
            for number, row in held.items()
        }
        dates = [
            {
                **{n: v for n, v in row.items() if n not in _COUNTED | {"conference_id"}},
                "conference": of_conference[row["conference_id"]],
            }
            for row in rows(occurrence)
        ]
        series = [one for one in of_conference.values() if one["pattern"]]
        return dates, series, rows(system_reservation), rows(space_reservation)


def flat(row):
    """A row with the columns of its details, so that a difference is seen at once."""
    return {
        **{name: value for name, value in row.items() if name != "conference"},
        **row.get("conference", {}),
    }


def sent_back(office, answer, version, operation="SaveConference"):
    """Save the conference of an answer exactly as it came."""
    [found] = [one for one in answer.root.iter() if str(one.tag).endswith("Result")]
    inner = "".join(etree.tostring(child, encoding="unicode") for child in found)
    return office.call(operation, f"<Conference>{inner}</Conference>", version=version)


def assert_nothing_changes(office, number, version, get="GetConferenceById", save="SaveConference"):
    before = stored(office)
    answer = office.call(get, elements(ConferenceId=number), version=version)
    assert answer.status == 200, answer.sentence
    again = sent_back(office, answer, version, save)
    assert again.status == 200, again.sentence
    after = stored(office)
    for now, then in zip(after, before, strict=True):
        assert len(now) == len(then)
        for one, other in zip(now, then, strict=True):
            assert flat(one) == flat(other)


# ------------------------------------------------------------------ single conferences


@pytest.mark.parametrize("version", VERSIONS)
def test_a_conference_with_everything_survives_every_client(office, version):
    inner = elements(**{**RICH, **at(office, 2 * HOUR), "ConferenceId": -1})
    inner += bandwidths("6000kbps", "12b/768kbps") + zone_elements(office, "Asia/Tokyo")
    answer = office.call(
        "SaveConference", f"<Conference>{inner}<Participants>{people()}</Participants></Conference>"
    )
    assert answer.status == 200, answer.sentence
    for get in ("GetConferenceById", "GetRecurrentConferenceById"):
        assert_nothing_changes(office, answer.text("ConferenceId"), version, get)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["One Button To Push", "Manual Call Launch", "Reservation Only"])
def test_every_type_survives_every_client(office, version, kind):
    saved = office.saved(system(1), ConferenceType=kind)
    assert_nothing_changes(office, saved["ConferenceId"], version)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_external_host_survives_every_client(office, version):
    host = "<ExternallyHosted><DialString>meet@host.example.com</DialString></ExternallyHosted>"
    inner = elements(ConferenceId=-1, **at(office, 2 * HOUR)) + external(host)
    answer = office.call(
        "SaveConference", f"<Conference>{inner}<Participants>{system(1)}</Participants></Conference>"
    )
    assert_nothing_changes(office, answer.text("ConferenceId"), version)


@pytest.mark.parametrize("version", [0, 5])
@pytest.mark.parametrize(
    ("sent", "ip", "isdn"),
    [
        ("48b/3072kbps", "48b/3072kbps", "48b/3072kbps"),
        ("Max", "Max", "12b/768kbps"),
        ("Default", "6b/384kbps", "12b/768kbps"),
        ("6b/384kbps", "6b/384kbps", "12b/768kbps"),
    ],
)
def test_before_version_6_bandwidth_is_the_one_for_ip(office, version, sent, ip, isdn):
    values = elements(ConferenceId=-1, **at(office, 2 * HOUR), Bandwidth="64b/4096kbps")
    inner = values + bandwidths("6b/384kbps", "12b/768kbps")
    number = office.call("SaveConference", f"<Conference>{inner}</Conference>").text("ConferenceId")
    assert read(office, number, version=version).text("Bandwidth") == "6b/384kbps"
    assert listed(office, version=version).text("Bandwidth") == "6b/384kbps"
    changed = elements(ConferenceId=number, Bandwidth=sent)
    assert office.call("SaveConference", f"<Conference>{changed}</Conference>", version=version).status == 200
    found = read(office, number)
    assert [one.text for one in found.all("Bandwidth")][1:] == [isdn, ip]


def test_a_booking_of_version_0_has_the_isdn_bandwidth_of_the_settings_unless_it_names_one(office):
    default = office.call("GetDefaultConference", version=0)
    values = elements(ConferenceId=-1, **at(office, 2 * HOUR), Bandwidth=default.text("Bandwidth"))
    saved = office.call("SaveConference", f"<Conference>{values}</Conference>", version=0)
    found = read(office, saved.text("ConferenceId"))
    assert [one.text for one in found.all("Bandwidth")][1:] == ["6b/384kbps", "32b/2048kbps"]


def test_whoever_an_old_client_does_not_repeat_is_who_it_says(office):
    inner = elements(ConferenceId=-1, **at(office, 2 * HOUR)) + f"<Participants>{people()}</Participants>"
    number = office.call("SaveConference", f"<Conference>{inner}</Conference>").text("ConferenceId")
    sent = {"ParticipantId": 1, "NameOrNumber": "Eve", "ParticipantCallType": "SIP <-"}
    inner = elements(ConferenceId=number) + f"<Participants>{one_who(**sent)}</Participants>"
    office.call("SaveConference", f"<Conference>{inner}</Conference>", version=13)
    assert participants_of(office, number) == [
        {"ParticipantId": "1", "NameOrNumber": "Eve", "ParticipantCallType": "SIP <-"}
    ]


# ------------------------------------------------------------------ WebEx

#: Every way in which a conference can have WebEx, or have wished for it.
WEBEX = {
    "owned": owned(),
    "owned and told by phone": owned(PHONE, UsePstn="true"),
    "owned, with parts left out": owned(
        {"PstnDialInNumber": "1"}, ElementsToExclude="HostKey MeetingPassword"
    ),
    "owned, with an address to come": owned(SipUrl="", HostKey=""),
    "owned, to be updated": owned(TmsShouldUpdateMeeting="true"),
    "owned, if possible": elements(DataConference="If Possible") + owned(),
    "wished for": EMPTY,
    "wished for with data": external(webex(OwnedExternally="false")),
    "wished for in the legacy way": elements(DataConference="Yes"),
    "if possible": elements(DataConference="If Possible"),
    "none": "",
}


def webex_booked(office, inner, operation="SaveConference"):
    values = elements(ConferenceId=-1, **at(office, 2 * HOUR))
    answer = office.call(
        operation, f"<Conference>{values}{inner}<Participants>{people()}</Participants></Conference>"
    )
    assert answer.status == 200, answer.sentence
    return answer.text("ConferenceId")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", WEBEX)
def test_webex_of_every_kind_survives_every_client(office, version, kind):
    configure(office, enable_webex="Yes")
    number = webex_booked(office, WEBEX[kind])
    assert_nothing_changes(office, number, version)
    # Also what a first change has left.
    saved = plain(office, number)
    changed = elements(ConferenceId=number, Version=saved["Version"], Title="Another")
    assert office.call("SaveConference", f"<Conference>{changed}</Conference>").status == 200
    assert_nothing_changes(office, number, version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["wished for", "wished for in the legacy way", "if possible"])
def test_a_wish_survives_a_setting_that_changed_since(office, version, kind):
    number = webex_booked(office, WEBEX[kind])
    configure(office, enable_webex="Yes")
    assert_nothing_changes(office, number, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_webex_that_was_removed_stays_away(office, version):
    number = webex_booked(office, owned(PHONE))
    saved = plain(office, number)
    gone = elements(ConferenceId=number, Version=saved["Version"]) + external("", "Delete")
    assert office.call("SaveConference", f"<Conference>{gone}</Conference>").status == 200
    assert_nothing_changes(office, number, version)


# ------------------------------------------------------------------ series


@pytest.fixture
def book(office):
    return Book(office)


def rich_series(book, recurrence, inner="", **more):
    values = {name: value for name, value in RICH.items() if name != "Title"}
    zone = zone_elements(book.office, "Asia/Tokyo")
    text = recurrence + inner + bandwidths("6000kbps", "12b/768kbps") + zone
    return book.saved(text, people(), Title="Rich series", **{**values, **more})["ConferenceId"]


def other_date(book, offset, inner="", times=None, **more):
    """An exception that says all for itself."""
    values = {**OTHER, **(times or {}), **more}
    dave = {"NameOrNumber": "Dave", "EmailAddress": "d@example.com", "ParticipantCallType": "SIP Tel <-"}
    data = elements(**values) + inner + bandwidths("96b/6144kbps", "8b/512kbps")
    data += f"<Participants>{people(dave)}</Participants>"
    return exception("MODIFY", book.start + offset, data)


def moved(book, offset, by):
    start = book.start + offset + by
    return {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + HOUR)}


SERIES_READ = pytest.mark.parametrize(
    "get",
    ["GetRecurrentConferenceById", "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime"],
    ids=["series", "mapped"],
)


@pytest.mark.parametrize("version", VERSIONS)
@SERIES_READ
def test_a_series_with_everything_survives_every_client(book, version, get):
    exceptions = other_date(book, DAY, times=moved(book, DAY, HOUR / 2))
    exceptions += exception("MODIFY", book.start + 2 * DAY, elements(**moved(book, 2 * DAY, HOUR / 2)))
    exceptions += exception("DELETE", book.start + 3 * DAY)
    number = rich_series(book, pattern(PatternInstances=5, exceptions=exceptions))
    assert_nothing_changes(book.office, number, version, get)


@pytest.mark.parametrize("version", VERSIONS)
def test_dates_without_the_host_of_their_series_survive_every_client(book, version):
    host = "<ExternallyHosted><DialString>{}</DialString></ExternallyHosted>"
    without = exception("MODIFY", book.start + DAY, external(""))
    other = exception("MODIFY", book.start + 2 * DAY, external(host.format("b@host.example.com")))
    recurrence = pattern(PatternInstances=4, exceptions=without + other)
    inner = recurrence + external(host.format("a@host.example.com"))
    number = book.saved(inner, system(1), Location="Oslo", BillingCode="B1")["ConferenceId"]
    assert_nothing_changes(book.office, number, version, "GetRecurrentConferenceById")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "recurrence",
    [
        pattern("Monthly", ByMonthDay=31),
        pattern("Monthly", days=["Tuesday"], BySetPosition=-1),
        pattern("Weekly", days=["Monday", "Thursday"], FirstDayOfWeek="Monday"),
        pattern("DailyWeekday"),
    ],
    ids=["month day", "position", "weekly", "weekdays"],
)
def test_every_pattern_survives_every_client(book, version, recurrence):
    number = rich_series(book, recurrence)
    assert_nothing_changes(book.office, number, version, "GetRecurrentConferenceById")


#: Dates of a series with WebEx that have their own, none, or are moved.
def webex_dates(book):
    changed = exception("MODIFY", book.start + DAY, owned(PHONE, state="Modify", MeetingKey="2"))
    without = exception("MODIFY", book.start + 2 * DAY, external("", "Delete"))
    later = exception("MODIFY", book.start + 3 * DAY, elements(**moved(book, 3 * DAY, HOUR / 2)))
    return changed + without + later


@pytest.mark.parametrize("version", VERSIONS)
@SERIES_READ
def test_a_series_with_webex_survives_every_client(book, version, get):
    recurrence = pattern(PatternInstances=5, exceptions=webex_dates(book))
    number = rich_series(book, recurrence, owned(PHONE))
    assert_nothing_changes(book.office, number, version, get)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("wish", ["wished for", "wished for in the legacy way", "if possible"])
def test_a_series_that_wished_for_webex_survives_every_client(book, version, wish):
    configure(book.office, enable_webex="Yes")
    own = exception("MODIFY", book.start + DAY, owned(state="Modify"))
    later = exception("MODIFY", book.start + 2 * DAY, elements(**moved(book, 2 * DAY, HOUR / 2)))
    number = rich_series(book, pattern(exceptions=own + later), WEBEX[wish])
    assert_nothing_changes(book.office, number, version, "GetRecurrentConferenceById")


@pytest.mark.parametrize("version", VERSIONS)
def test_dates_of_a_series_survive_every_client_one_by_one(book, version):
    exceptions = webex_dates(book) + other_date(book, 4 * DAY)
    rich_series(book, pattern(PatternInstances=6, exceptions=exceptions), owned(PHONE))
    for number in book.ids().values():
        assert_nothing_changes(book.office, number, version, save="SaveConferenceRecInstance")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_date_like_all_others_sent_back_as_the_series_survives_every_client(book, version):
    exceptions = other_date(book, 4 * DAY)
    rich_series(book, pattern(PatternInstances=6, exceptions=exceptions), owned(PHONE))
    first, second, *_ = book.ids().values()
    for number in (first, second):
        assert_nothing_changes(book.office, number, version)


@pytest.mark.parametrize("version", [6, 10, 15])
def test_an_old_client_renames_a_series_with_webex_whose_dates_differ(book, version):
    number = rich_series(book, pattern(PatternInstances=5, exceptions=webex_dates(book)), owned(PHONE))
    before = [plain(book.office, one).get("WebConferenceAttendeeUri") for one in book.ids().values()]
    answer = book.office.call("GetRecurrentConferenceById", elements(ConferenceId=number), version=version)
    [found] = answer.all("GetRecurrentConferenceByIdResult")
    found.find(f"{{{BOOKING}}}Title").text = "Renamed"
    inner = "".join(etree.tostring(child, encoding="unicode") for child in found)
    again = book.office.call("SaveConference", f"<Conference>{inner}</Conference>", version=version)
    assert again.status == 200, again.sentence
    ids = book.ids().values()
    assert [plain(book.office, one)["Title"] for one in ids] == ["Renamed", *["Rich series"] * 3, "Renamed"]
    assert [plain(book.office, one).get("WebConferenceAttendeeUri") for one in ids] == before


@pytest.mark.parametrize("version", [6, 10, 15])
@pytest.mark.parametrize("place", [0, 2], ids=["own webex", "moved"])
def test_a_real_change_of_a_date_with_webex_still_needs_version_16(book, version, place):
    number = rich_series(book, pattern(PatternInstances=5, exceptions=webex_dates(book)), owned(PHONE))
    answer = book.office.call("GetRecurrentConferenceById", elements(ConferenceId=number), version=version)
    root = answer.root
    data = list(root.iter(f"{{{BOOKING}}}ModifiedData"))[place]
    data.find(f"{{{BOOKING}}}Title").text = "Renamed"
    [found] = root.iter(f"{{{BOOKING}}}GetRecurrentConferenceByIdResult")
    inner = "".join(etree.tostring(child, encoding="unicode") for child in found)
    again = book.office.call("SaveConference", f"<Conference>{inner}</Conference>", version=version)
    assert refused(book.office, again) is WebExError
    assert "from API version 16 on" in again.sentence
