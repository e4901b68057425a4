import pytest

from tmsba.domain import errors

#: The whole table. Source: TMSBA guide, Error Codes.
DOCUMENTED = {
    "LICENSE": -2147219503,
    "DATABASE_DOWN": -2147219500,
    "MEETINGNOTFOUND": -2147218302,
    "SYSTEMNOTFOUND": -2147218301,
    "SYSTEM_ALREADY_BOOKED": -2147218300,
    "SYSTEM_NOT_ALLOWED_IN_BOOKING": -2147218262,
    "MEETINGNOTACTIVE": -2147218272,
    "MEETINGISDELETED": -2147218271,
    "MEETINGACTIVE": -2147218270,
    "CANNOTBOOKINTHEPAST": -2147218269,
    "NO_ACCESS_TO_CONFERENCE": -2147218266,
    "START_TIME_AFTER_MAX_NUMBER_OF_DAYS_IN_FUTURE": -2147218265,
    "NEVER_ENDING_RECURRENCE_NOT_SUPPORTED": -2147218264,
    "START_TIME_AFTER_END_TIME": -2147218263,
    "INVALID_TIMEZONE_INFO": -2147218268,
    "WEBEX_SITE_NOT_FOUND": -2147218267,
    "WEBEX_ERROR": -2147218260,
    "SECURITY": -2147218259,
    "SERVER_BUSY": -2147218258,
    "UNKNOWN": -2147218261,
    "CANNOT_ADD_PARTICIPANT": -2147218256,
    "UNSUPPORTED_RECURRENCE": -2147218257,
    "INVALID_DATETIME_FORMAT": -2147218254,
    "DIAL_OUT_NUMBER_NOT_SET": -2147218251,
    "CONCURRENT_MODIFICATION": -2147218248,
    "NOT_ENOUGH_MCU_RESOURCES": -2147218250,
    "PARTICIPANT_ERROR": -2147218249,
    "INSTANCE_NOT_FOUND_WITHIN_PATTERN": -2147218252,
    "ERR_CLIENT_SESSION_BLANK": -2147218247,
    "ERR_CLIENT_SESSION_EXPIRED": -2147218253,
    "ERR_USER_NOT_FOUND": -2147218255,
}


def test_every_documented_error_is_there_once_and_no_other_is():
    assert [error.name for error in errors.all_errors()] == sorted(DOCUMENTED, key=DOCUMENTED.__getitem__)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_error_is_found_by_its_code(name):
    found = errors.lookup(DOCUMENTED[name])
    assert (found.name, found.code) == (name, DOCUMENTED[name])
    assert found.__doc__


def test_an_undocumented_code_is_not_found():
    with pytest.raises(KeyError):
        errors.lookup(-1)


def test_only_a_busy_server_and_a_dead_database_are_not_the_callers_fault():
    ours = {error.name for error in errors.all_errors() if not error.is_callers_fault}
    assert ours == {"SERVER_BUSY", "DATABASE_DOWN"}


def test_an_error_carries_its_sentence():
    error = errors.ConferenceNotFound("There is none.")
    assert (str(error), error.message) == ("There is none.", "There is none.")


@pytest.mark.parametrize("kind", [errors.ClientSessionBlank, errors.ClientSessionExpired])
def test_a_session_error_suggests_an_id(kind):
    assert kind("Take a new one.", "new-id").suggested_session == "new-id"


def test_a_subclass_without_a_code_of_its_own_leaves_the_registry_alone():
    class Special(errors.UnknownError):
        pass

    assert Special.code == errors.UnknownError.code
    assert errors.lookup(Special.code) is errors.UnknownError
