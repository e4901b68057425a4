"""What the published WSDL and the service pages say about an operation is what the server does.

Each sentence stands here beside the rules of ``docs/rules.md`` that say the same, or the tests where
the guide has no such rule. A sentence that is new or changed has to be brought here with what shows that
it is true.
"""

import ast
import re
from pathlib import Path

import pytest
from lxml import etree

from tmsba.soap.operations.booking import BOOKING_SERVICE
from tmsba.soap.operations.setup import REMOTE_SETUP_SERVICE

ROOT = Path(__file__).resolve().parents[2]
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SETUP = "Remote Setup API Functions"
#: Each operation: what is published, and for each claim "heading: rule", or "file::test".
DOCUMENTATION = {
    "GetConferencesForSystems": (
        (
            "Lists the conferences that overlap the given period and in which at least one of the given"
            " systems takes part, or all of them when no system is given; a time of the year 1 is no limit."
            " Participants and links are left out; GetConferenceById gives them."
        ),
        "GetConferencesForSystems: The list holds the conferences of all the given systems in the period.",
        "GetConferencesForSystems: A StartTime or EndTime that is missing, or of the year 1, is no limit.",
        (
            "GetConferencesForSystems: The list leaves out participants, WebEx, recordings and"
            " information texts."
        ),
        "GetConferenceById: A conference is read by its id.",
    ),
    "GetConferenceById": (
        "Gives one conference, or one occurrence of a series, by its id.",
        "GetConferenceById: A conference is read by its id.",
    ),
    "GetRecurrentConferenceById": (
        (
            "Gives the whole series to which the conference with this id belongs, with its"
            " pattern and the dates"
            " that differ from it."
        ),
        "GetRecurrentConferenceById: A series comes with its exceptions.",
        "RecurrencePattern: A pattern comes back as it was saved.",
    ),
    "GetDefaultConference": (
        (
            "Gives a new conference, not saved yet, filled with the server's default"
            " settings and owned by the"
            " caller. A good start for every booking."
        ),
        "GetDefaultConference: The default conference has the id -1 and the values of the settings.",
        "GetDefaultConference: It is not stored.",
        "GetDefaultConference: It is the basis of new conferences.",
        (
            "tests/integration/test_integration_default_conference.py::test_a_default_conference_starts_now_and_is_not_save"
            "d"
        ),
    ),
    "SaveConference": (
        (
            "Books a new conference or series, or changes one that exists, and answers it as"
            " it was saved. Fails"
            " when a system or bridge is not free."
        ),
        "SaveConference: It saves in the mode Strict.",
        "SaveConferenceWithMode: An id below 0 makes a new conference.",
        "SaveConferenceWithMode: An id above 0 updates, or there is no such meeting.",
        "SaveConferenceWithMode: The answer is the conference as it is stored.",
        (
            "SaveConferenceWithMode: A system that is booked already fails or makes a defective"
            " conference, by the"
            " mode."
        ),
    ),
    "SaveConferences": (
        (
            "Saves several conferences in one call: all or none of them. Only true is supported for"
            " oneTransaction,"
            " and false is taken as true."
        ),
        "SaveConferences: All conferences are saved, or none.",
        "SaveConferences: oneTransaction is always taken as true.",
    ),
    "SaveConferenceRecInstance": (
        "Changes one occurrence of a series and leaves the others as they are.",
        "SaveConferenceRecInstance: One occurrence is saved in the mode Strict.",
        "tests/integration/test_integration_series.py::test_one_occurrence_is_changed_by_its_id",
    ),
    "DeleteConferenceById": (
        "Deletes a conference or a whole series. What is going on at this moment is ended instead.",
        "DeleteConferenceById: A conference is deleted by its id.",
        "DeleteConferenceById: By the id of an occurrence the whole series is deleted.",
        "Booking Management: Deleting an ongoing conference ends it, and participants are disconnected.",
    ),
    "EndConferenceById": (
        "Ends a conference that is going on and frees its systems.",
        "EndConferenceById: The conference is Finished and ends at the time of the call.",
        "EndConferenceById: What has not started cannot be ended.",
    ),
    "DeleteConferenceRecInstanceById": (
        "Deletes one occurrence of a series; one that is going on is ended instead.",
        "DeleteConferenceRecInstanceById: One occurrence is deleted.",
        "Booking Management: Deleting an ongoing conference ends it, and participants are disconnected.",
    ),
    "GetConferenceIdByExternalId": (
        "Gives the id of the conference that a client saved under its own ids.",
        "GetConferenceIdByExternalId: The id of an occurrence is found by key and recurrence id.",
    ),
    "GetTransactionsSince": (
        (
            "Lists what has happened to conferences after the given transaction. A list that ends with"
            " ListIncomplete goes on after its last transaction."
        ),
        "GetTransactionsSince: The list holds what comes after the current transaction, without that one.",
        "GetTransactionsSince: A list that is cut says ListIncomplete and is gone on with from its last id.",
    ),
    "GetConferencesForUser": (
        (
            "Lists the conferences that a user owns or has booked and that overlap the given period; without"
            " a user name, the caller's. Participants and links are left out; GetConferenceById gives them. A"
            " time of the year 1 is no limit."
        ),
        "GetConferencesForUser: The list holds what a user created or owns.",
        "GetConferencesForUser: A blank user name is the caller.",
        (
            "GetConferencesForUser: A period without a start or an end, or with one of the year 1, has no"
            " limit there."
        ),
        "GetConferencesForUser: The list holds what lies in the period, which is given in UTC.",
        "GetConferencesForUser: The list leaves out participants, WebEx, recordings and information texts.",
    ),
    "GetRecordingAliases": (
        "Lists the recording systems and the aliases on them that a user may record with.",
        "GetRecordingAliases: The recording systems are listed with their aliases.",
    ),
    "GetConferenceByExternalId": (
        "Gives the conference or series that a client saved under its own ids.",
        "GetConferenceByExternalId: A conference is read by its external key, a series with its exceptions.",
    ),
    "GetConferenceInstanceByExternalId": (
        "Gives one occurrence of the series that a client saved under its own ids.",
        "GetConferenceInstanceByExternalId: One occurrence is read by key and recurrence id.",
    ),
    "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime": (
        (
            "Gives a whole series like GetRecurrentConferenceById, with the times of its"
            " first occurrence that is"
            " not over."
        ),
        (
            "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime: The start is that of the first"
            " occurrence that is ongoing or to come."
        ),
    ),
    "GetTransactionsSinceWithExternalId": (
        (
            "Lists what has happened to conferences after the given transaction, with the"
            " ids under which clients"
            " saved them."
        ),
        "GetTransactionsSinceWithExternalId: The change log is answered with external ids.",
    ),
    "DeleteConferenceByExternalId": (
        "Deletes the conference or series that a client saved under its own ids.",
        "DeleteConferenceByExternalId: A conference or series is deleted by its external key.",
    ),
    "DeleteConferenceInstanceByExternaId": (
        "Deletes one occurrence of the series that a client saved under its own ids.",
        "DeleteConferenceInstanceByExternalId: An occurrence is deleted by key and recurrence id.",
    ),
    "EndConferenceByExternalId": (
        "Ends the conference that a client saved under its own ids, if it is going on.",
        "EndConferenceByExternalId: An ongoing conference is ended by its key and recurrence id.",
    ),
    "SaveConferenceWithMode": (
        (
            "Saves like SaveConference. With the mode BestEffortForced the conference is"
            " saved as defective where"
            " systems or bridges are not free."
        ),
        (
            "SaveConferenceWithMode: A system that is booked already fails or makes a defective"
            " conference, by the"
            " mode."
        ),
        "SaveConferenceWithMode: A route that is missing fails or makes a defective conference, by the mode.",
    ),
    "SaveConferenceRecInstanceWithMode": (
        "Saves one occurrence like SaveConferenceRecInstance, in the given booking mode.",
        "SaveConferenceRecInstanceWithMode: One occurrence is saved in the given mode.",
    ),
    "GetConferenceInviteMail": (
        (
            "Writes the invitation to a conference in the wanted formats and language, with a"
            " client's own messages"
            " in it. Nothing is sent."
        ),
        (
            "GetConferenceInviteMail: The content of an invitation comes with messages of the"
            " client, in one or both"
            " forms."
        ),
        "tests/integration/test_integration_mail.py::test_nothing_is_stored_by_a_mail",
    ),
    "GetConferenceBookingEventMail": (
        "Writes the mail that tells the owner of a conference what became of the booking. Nothing is sent.",
        (
            "GetConferenceBookingEventMail: The content of a mail about a booking comes with messages of the"
            " client, in plain text or HTML."
        ),
        "tests/integration/test_integration_mail.py::test_nothing_is_stored_by_a_mail",
    ),
    "GetTimeZoneRulesById": (
        "Gives the rules of a time zone by its Windows or IANA name, as conferences carry them.",
        "GetTimeZoneRulesById: The rules of a zone are answered by its id.",
    ),
    "GetWebExSiteDefaults": (
        "Gives the settings that a WebEx site uses when a booking does not say.",
        "tests/integration/test_integration_webex.py::test_the_defaults_of_a_site_are_told_to_all_who_log_in",
    ),
    "SetPrimarySystem": (
        "Tells whether the given system can become the caller's primary system, and makes it that.",
        f"{SETUP}: SetPrimarySystem gives the caller a system of its own.",
    ),
    "GetUsers": ("Lists the users of the server.", f"{SETUP}: GetUsers lists all users."),
    "GetSystemsForUser": (
        "Lists the systems that the caller may book.",
        f"{SETUP}: GetSystemsForUser lists what the caller may book.",
    ),
    "GetSystems": (
        "Lists all systems that can be booked.",
        f"{SETUP}: GetSystems lists endpoints and rooms but no network systems.",
    ),
    "GetSystemById": (
        "Gives one system by its id.",
        f"{SETUP}: GetSystemById answers one system, and an error for an unknown id.",
    ),
    "GenerateConferenceAPIUser": (
        "Creates an account for a booking client and answers its name. Only site administrators may.",
        f"{SETUP}: GenerateConferenceAPIUser makes a hidden account in the group of site administrators.",
    ),
    "DisableConferenceAPIUser": (
        "Switches an account off, so that nobody can log in with it. Only site administrators may.",
        f"{SETUP}: DisableConferenceAPIUser switches an account off, for site administrators.",
    ),
    "IsAlive": ("Tells whether the server is running.", f"{SETUP}: IsAlive answers true."),
    "IsTMSSiteAdmin": (
        "Tells whether the caller is a site administrator.",
        f"{SETUP}: IsTMSSiteAdmin tells whether the caller is a site administrator.",
    ),
    "IsTMSServiceUser": (
        "Tells whether the caller is a service account that may book for other users.",
        f"{SETUP}: IsTMSServiceUser tells whether the caller is a service account that may book for others.",
    ),
    "IsTMSBookOnBehalfUser": (
        "Tells whether the caller may book for other users.",
        f"{SETUP}: IsTMSBookOnBehalfUser tells whether the caller may book for others.",
    ),
    "IsLocalAdmin": (
        "Tells whether the caller may create accounts for booking clients.",
        f"{SETUP}: IsLocalAdmin tells whether the caller can make accounts.",
    ),
    "GetConferenceLanguages": (
        "Lists the languages in which conference mails can be written.",
        f"{SETUP}: GetConferenceLanguages lists the languages of conferences.",
    ),
    "IsBookOnBehalfOfUser": (
        (
            "Tells whether the given user may book for other users. The user is found by name, else by e-mail"
            " address."
        ),
        f"{SETUP}: IsBookOnBehalfOfUser tells whether a named user may book for others.",
        "tests/unit/test_booking_client_accounts.py::test_a_user_may_book_for_others_when_a_group_says_so",
    ),
}


def rules() -> dict[str, str]:
    """The cell of tests of each rule, by its heading and sentence."""
    found, heading = {}, ""
    for line in (ROOT / "docs" / "rules.md").read_text().splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| "):
            sentence, _, cover = line.strip("| ").partition(" | ")
            found[f"{heading}: {sentence}"] = cover
    return found


RULES = rules()


def published() -> dict[str, str]:
    """What the published files say of each operation."""
    found = {}
    for path in (ROOT / "wsdl").glob("*.wsdl"):
        for operation in etree.parse(path).iterfind(f"{WSDL}portType/{WSDL}operation"):
            found[operation.get("name")] = operation.findtext(f"{WSDL}documentation")
    return found


def is_test(path: str, name: str) -> bool:
    tree = ast.parse((ROOT / path).read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


def test_every_operation_says_what_stands_here() -> None:
    assert published() == {name: entry[0] for name, entry in DOCUMENTATION.items()}
    for contract in (BOOKING_SERVICE, REMOTE_SETUP_SERVICE):
        for name, descriptor in contract.operations.items():
            assert descriptor.doc == DOCUMENTATION[name][0]


@pytest.mark.parametrize("name", DOCUMENTATION)
def test_every_sentence_is_a_rule_that_a_test_shows(name: str) -> None:
    _, *claims = DOCUMENTATION[name]
    assert claims, f"nothing shows what {name} says"
    for claim in claims:
        if "::" in claim:
            assert is_test(*claim.split("::")), claim
        else:
            assert re.search(r"`tests/[\w/]+\.py::test_\w+`", RULES.get(claim, "")), claim
