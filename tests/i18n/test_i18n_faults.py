"""Faults in the language of the request's ContextHeader."""

from typing import Any

import pytest
import structlog
from soap.soap_client import SOAP11, SOAP12, Answer, Client, element, elements, envelope, version_header

from tmsba.domain.errors import ConferenceNotFound, DatabaseDown, TmsbaError, all_errors
from tmsba.i18n import translate
from tmsba.i18n.languages import CATALOGUES

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_FOUND = "There is no conference with id {id}: check the ConferenceId."
ENGLISH = "There is no conference with id 77: check the ConferenceId."
FRENCH = "Il n'existe pas de conférence avec l'id 77\u00a0: vérifiez le ConferenceId."
JAPANESE = "id 77 の会議はありません。ConferenceId を確認してください。"


def failing(error: Exception, *operations: str) -> Client:
    def handler(call: Any, **parameters: Any) -> None:
        raise error

    return Client(dict.fromkeys(operations or ("GetConferenceById",), handler))


def header(language: str) -> str:
    return version_header() + element("ContextHeader", elements(ClientLanguage=language))


def ask(client: Client, language: str, soap: str = SOAP11, name: str = "GetConferenceById") -> Answer:
    return client.call(name, header=header(language), soap=soap)


def xml_lang(answer: Answer) -> str | None:
    text = answer.fault.find(f"{{{SOAP12}}}Reason/{{{SOAP12}}}Text")
    return text.get(_LANG)


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("soap", [SOAP11, SOAP12])
def test_a_fault_is_told_in_the_language_of_the_client(language: str, soap: str) -> None:
    error = ConferenceNotFound(NOT_FOUND, id=77)
    answer = ask(failing(error), language, soap)
    assert answer.sentence == translate(error, language) != ENGLISH
    assert set(answer.errorcodes) == {-2147218302}
    if soap == SOAP12:
        assert xml_lang(answer) == language


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.name)
def test_every_documented_code_is_told_in_every_language(error: type[TmsbaError], language: str) -> None:
    raised = error(error.sentence, "session") if "Session" in error.__name__ else error()
    answer = ask(failing(raised), language)
    assert answer.sentence == translate(raised, language) != raised.message
    assert answer.errorcodes == [error.code]


@pytest.mark.parametrize("culture", ["FR_fr", "fr-CA", " fr "])
def test_culture_names_of_all_kinds_are_understood(culture: str) -> None:
    answer = ask(failing(ConferenceNotFound(NOT_FOUND, id=77)), culture, SOAP12)
    assert (answer.sentence, xml_lang(answer)) == (FRENCH, "fr")


@pytest.mark.parametrize("culture", ["", "en-US", "de-DE", "zh-TW", "fr-", "%s{id}", "fr" * 5000])
def test_other_languages_are_answered_in_english(culture: str) -> None:
    answer = ask(failing(ConferenceNotFound(NOT_FOUND, id=77)), culture, SOAP12)
    assert (answer.sentence, xml_lang(answer)) == (ENGLISH, "en")


def test_no_context_header_means_english() -> None:
    client = failing(ConferenceNotFound(NOT_FOUND, id=77))
    assert client.call("GetConferenceById").sentence == ENGLISH
    empty = version_header() + element("ContextHeader")
    assert client.call("GetConferenceById", header=empty).sentence == ENGLISH


def test_a_soap_11_faultstring_has_no_attributes() -> None:
    answer = ask(failing(ConferenceNotFound(NOT_FOUND, id=77)), "fr")
    assert dict(answer.fault.find("faultstring").attrib) == {}


def test_an_untranslated_sentence_says_that_it_is_english() -> None:
    answer = ask(failing(DatabaseDown("Gone fishing.")), "ja", SOAP12)
    assert (answer.sentence, xml_lang(answer)) == ("Gone fishing.", "en")


def test_an_operation_without_context_header_answers_in_english() -> None:
    client = failing(ConferenceNotFound(NOT_FOUND, id=77), "EndConferenceById")
    assert ask(client, "fr", name="EndConferenceById").sentence == ENGLISH


def test_an_unknown_error_is_told_in_the_language_and_shows_nothing() -> None:
    with structlog.testing.capture_logs():
        answer = ask(failing(RuntimeError("secret of the house")), "ru", SOAP12)
    assert answer.sentence.startswith("Серверу не удалось ответить.")
    assert answer.headers["X-Request-ID"] in answer.sentence
    assert b"secret" not in answer.body
    assert (xml_lang(answer), answer.code) == ("ru", "soap:Receiver")


def test_an_operation_that_is_not_offered_says_so_in_the_language() -> None:
    assert ask(Client(), "zh-Hans").sentence == "此服务器尚未提供 GetConferenceById。"


def test_a_parameter_that_cannot_be_read_is_told_in_the_language() -> None:
    inner = elements(ConferenceId="{value} 100%")
    answer = Client().call("GetConferenceById", inner, header=header("ko"))
    assert answer.sentence == "ConferenceId은(는) 정수여야 하며 '{value} 100%'일 수 없습니다."


def test_a_date_that_cannot_be_read_is_told_in_the_language_as_a_whole() -> None:
    inner = elements(UserName="", StartTime="soon", EndTime="2026-11-20T13:09:18Z")
    answer = Client().call("GetConferencesForUser", inner, header=header("fr-FR"))
    assert answer.sentence == (
        "StartTime\u00a0: «\u00a0soon\u00a0» n'est pas une date avec heure. "
        "Écrivez-la sous la forme 2026-11-20T13:09:18Z."
    )


@pytest.mark.parametrize("order", [1, -1])
def test_the_language_counts_wherever_its_header_stands(order: int) -> None:
    headers = "".join([version_header(), element("ContextHeader", elements(ClientLanguage="ja"))][::order])
    answer = failing(ConferenceNotFound(NOT_FOUND, id=77)).call("GetConferenceById", header=headers)
    assert answer.sentence == JAPANESE


@pytest.mark.parametrize(
    "body",
    [
        envelope("", header("fr")),
        envelope(element("GetConference"), header("fr")),
        envelope(element("GetConferenceById"), version_header("new") + header("fr")),
        envelope(element("GetConferenceById"), header("fr")) + b"<",
    ],
)
def test_what_fails_before_the_header_is_read_is_told_in_english(body: bytes) -> None:
    assert Client().post(body).sentence.isascii()


def test_facts_with_characters_that_xml_forbids_are_written_all_the_same() -> None:
    answer = ask(failing(ConferenceNotFound(NOT_FOUND, id="\x00<&\ufffe{id}")), "fr")
    assert "<&" in answer.sentence
    assert "{id}" in answer.sentence
