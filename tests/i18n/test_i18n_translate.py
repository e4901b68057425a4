"""Errors told in the language of the client."""

from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tmsba.domain.errors import (
    ClientSessionBlank,
    ConferenceActive,
    ConferenceNotFound,
    InvalidDateTime,
    LicenceMissing,
    StartAfterEnd,
    SystemAlreadyBooked,
    TmsbaError,
    fill,
    places,
)
from tmsba.i18n import Sentence, localise, translate
from tmsba.i18n import catalogues as catalogues_module
from tmsba.i18n.catalogues import translations
from tmsba.i18n.languages import CATALOGUES, LANGUAGES, language_of

NOT_FOUND = "There is no conference with id {id}: check the ConferenceId."

SPOKEN = {
    "en": "There is no conference with id 77: check the ConferenceId.",
    "fr": "Il n'existe pas de conférence avec l'id 77\u00a0: vérifiez le ConferenceId.",
    "ru": "Конференции с id 77 нет: проверьте ConferenceId.",  # noqa: RUF001
    "zh-CN": "没有 id 为 77 的会议：请检查 ConferenceId。",  # noqa: RUF001
    "ja": "id 77 の会議はありません。ConferenceId を確認してください。",
    "ko": "id가 77인 회의가 없습니다. ConferenceId를 확인하십시오.",
}


@pytest.mark.parametrize(("language", "sentence"), SPOKEN.items())
def test_an_error_is_told_in_each_language(language: str, sentence: str) -> None:
    error = ConferenceNotFound(NOT_FOUND, id=77)
    assert localise(error, language) == Sentence(sentence, language)
    assert translate(error, language) == sentence
    assert error.message == SPOKEN["en"]


@pytest.mark.parametrize(
    ("culture", "language"),
    [
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("FR_fr", "fr"),
        ("fr-CA", "fr"),
        (" ru-RU\n", "ru"),
        ("ja-JP", "ja"),
        ("KO", "ko"),
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh_cn", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("zh-CHS", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("zh-Hans-HK", "zh-CN"),
        ("zh-TW", "en"),
        ("zh-HK", "en"),
        ("zh-MO", "en"),
        ("zh-Hant", "en"),
        ("zh-CHT", "en"),
        ("zh-Hant-CN", "en"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de-DE", "en"),
        ("frr", "en"),
        ("fr-", "en"),
        ("fr;q=0.8", "en"),
        ("../fr", "en"),
        ("français", "en"),
        ("fr" * 1000, "en"),
        ("", "en"),
        (" ", "en"),
        ("-", "en"),
        (None, "en"),
    ],
)
def test_a_culture_name_means_the_language_that_fits_best(culture: str | None, language: str) -> None:
    assert language_of(culture) == language
    assert localise(ConferenceNotFound(NOT_FOUND, id=77), culture).language == language


def test_a_template_without_translation_stays_english() -> None:
    error = ConferenceNotFound("Conference {id} has left the building.", id=3)
    assert localise(error, "fr") == Sentence("Conference 3 has left the building.", "en")


def test_an_error_without_words_says_what_its_code_means() -> None:
    assert str(LicenceMissing()) == "All licences are in use. Ask an administrator for more."
    assert translate(LicenceMissing(), "ja").startswith("ライセンスはすべて使用中です。")


def test_an_error_among_the_facts_is_told_in_the_same_language() -> None:
    cause = InvalidDateTime("'{text}' is not a day and time of the calendar.", text="2026-02-30")
    error = InvalidDateTime("{element}: {problem}", element="StartTimeUTC", problem=cause)
    assert error.message == "StartTimeUTC: '2026-02-30' is not a day and time of the calendar."
    assert translate(error, "ru") == "StartTimeUTC: Дня и времени «2026-02-30» нет в календаре."


def test_a_session_error_is_translated_and_keeps_its_suggestion() -> None:
    error = ClientSessionBlank("No session for {user}.", "0f6c", user="{user} 5%")
    assert (error.message, error.suggested_session) == ("No session for {user} 5%.", "0f6c")
    assert error.facts == {"user": "{user} 5%"}
    assert translate(ClientSessionBlank(ClientSessionBlank.sentence, "0f6c"), "ko").startswith("클라이언트")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 20, 13, 9, 18, tzinfo=UTC), "2026-11-20 13:09:18Z"),
        (
            datetime(2026, 11, 20, 14, 9, 18, 999, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-20 13:09:18Z",
        ),
        (datetime(987, 1, 2, tzinfo=UTC), "0987-01-02 00:00:00Z"),
    ],
)
def test_times_are_shown_as_conferences_carry_them_in_all_languages(moment: datetime, shown: str) -> None:
    error = ConferenceActive(
        "Conference {id} is going on since {start}: its start cannot be changed any more, only its end.",
        id=1,
        start=moment,
    )
    for language in SPOKEN:
        assert shown in translate(error, language)


def test_template_and_facts_stay_readable() -> None:
    error = ConferenceNotFound(NOT_FOUND, id=77)
    assert (error.template, error.facts, str(error)) == (NOT_FOUND, {"id": 77}, error.message)


def test_a_sentence_without_facts_may_have_braces() -> None:
    assert ConferenceNotFound("A {brace}, an open { one and 100 %s.").message == (
        "A {brace}, an open { one and 100 %s."
    )


@pytest.fixture
def broken_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "tmsba.po"
    monkeypatch.setattr(catalogues_module, "catalogue_file", lambda language: path)
    translations.cache_clear()
    yield path
    translations.cache_clear()


@pytest.mark.parametrize(
    "entry",
    [
        'msgstr "Pas de conférence."',
        'msgstr "Pas de conférence {numero}."',
        'msgstr "Pas de conférence {id} {et}."',
        'msgstr "Pas de conférence {0}."',
        'msgstr ""',
    ],
)
def test_a_broken_translation_is_not_used(entry: str, broken_catalogue: Path) -> None:
    broken_catalogue.write_text(f'msgid "{NOT_FOUND}"\n{entry}\n', encoding="utf-8")
    assert localise(ConferenceNotFound(NOT_FOUND, id=77), "fr") == Sentence(SPOKEN["en"], "en")


def test_a_doubtful_translation_is_not_used(broken_catalogue: Path) -> None:
    broken_catalogue.write_text(f'#, fuzzy\nmsgid "{NOT_FOUND}"\nmsgstr "Quoi {{id}}"\n', encoding="utf-8")
    assert translate(ConferenceNotFound(NOT_FOUND, id=77), "fr") == SPOKEN["en"]


@pytest.mark.parametrize("content", [None, b"no catalogue at all", b'msgid "\xff\xfe"\nmsgstr "x"\n'])
def test_a_catalogue_that_cannot_be_read_is_logged_once(
    content: bytes | None, broken_catalogue: Path
) -> None:
    if content is not None:
        broken_catalogue.write_bytes(content)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert translate(ConferenceNotFound(NOT_FOUND, id=77), "fr") == SPOKEN["en"]
    assert [(entry["event"], entry["language"]) for entry in logs] == [("catalogue_unreadable", "fr")]


def test_a_catalogue_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Catalogue:
        def open(self, mode: str) -> BytesIO:
            opened.append(mode)
            return BytesIO(b"")

    translations.cache_clear()
    monkeypatch.setattr(catalogues_module, "catalogue_file", lambda language: Catalogue())
    for _ in range(3):
        translate(ConferenceNotFound(NOT_FOUND, id=77), "fr")
    translations.cache_clear()
    assert len(opened) == 1


FACTS = st.one_of(
    st.text(),
    st.text(alphabet="{}%s(id)0!:.$\\"),
    st.integers(),
    st.none(),
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
    ),
    st.datetimes(),
    st.builds(ConferenceNotFound, st.text()),
)
CULTURES = st.one_of(st.sampled_from([*SPOKEN, "fr_FR", "zh-TW"]), st.text(), st.none())


@given(template=st.sampled_from(sorted(translations("fr"))), data=st.data(), culture=CULTURES)
def test_no_fact_breaks_a_sentence(template: str, data: Any, culture: str | None) -> None:
    facts = {name: data.draw(FACTS, name) for name in sorted(places(template))}
    error = SystemAlreadyBooked(template, **facts)
    said = translate(error, culture)
    for text in (said, error.message):
        for fact in facts.values():
            assert not isinstance(fact, (str, int)) or str(fact) in text


@given(template=st.text(alphabet="{}abc_ %0!:.[]"), facts=st.dictionaries(st.text("abc_", min_size=1), FACTS))
def test_no_template_fails(template: str, facts: dict[str, Any]) -> None:
    assert isinstance(fill(template, facts), str)
    assert fill(template, {}) == template


@given(culture=st.text())
def test_every_culture_name_has_a_language(culture: str) -> None:
    assert language_of(culture) in {"en", *CATALOGUES}


def test_facts_do_not_reach_into_each_other() -> None:
    error = StartAfterEnd(
        "The conference would start at {start} and end at {end}: give an end that is later than the start.",
        start="{end}",
        end="{start}",
    )
    assert "{end} and end at {start}" in error.message
    assert "le {end} et se terminerait le {start}" in translate(error, "fr")


def test_an_error_survives_being_copied() -> None:
    error: TmsbaError = copy(ConferenceNotFound(NOT_FOUND, id=77))
    assert translate(error, "ko") == SPOKEN["ko"]


def test_clients_can_choose_every_language_there_is() -> None:
    assert {language_of(language.culture) for language in LANGUAGES} == {"en", *CATALOGUES}
    assert len({language.name for language in LANGUAGES}) == len(LANGUAGES) == len(CATALOGUES) + 1
