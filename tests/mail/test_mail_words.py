"""The six languages have every sentence, and write dates, durations and lists their own way."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from mail_samples import LANGUAGES

import tmsba.mail
from tmsba.booking.view.views import MailPurpose, MessageKind
from tmsba.domain.errors import places
from tmsba.domain.time.recurrence import DayOfWeek
from tmsba.domain.values import ConferenceStatus, ParticipantKind
from tmsba.i18n.languages import CATALOGUES
from tmsba.mail import catalogues
from tmsba.mail.sentences import ENGLISH
from tmsba.mail.words import words_for

#: Sentences that some languages write like English.
_BARE = {
    key for key, sentence in ENGLISH.items() if not re.search("[a-z]", re.sub("{[a-z_]+}", "", sentence))
}
_ALIKE = {"fr": {"participants", "media_mobile", "message_information"}}


def catalogue(language: str) -> Catalog:
    with catalogues.catalogue_file(language).open("rb") as file:
        return read_po(file, abort_invalid=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", CATALOGUES)
class TestEachCatalogue:
    def test_has_exactly_the_present_sentences(self, language: str) -> None:
        found = {message.context: message.id for message in catalogue(language) if message.id}
        assert found == ENGLISH

    def test_keeps_the_places_for_facts(self, language: str) -> None:
        changed = [m.context for m in catalogue(language) if m.id and places(m.id) != places(m.string)]
        assert changed == []

    def test_translates_everything(self, language: str) -> None:
        alike = {m.context for m in catalogue(language) if m.id and m.string in ("", m.id)}
        assert alike <= _BARE | _ALIKE.get(language, set())

    def test_has_nothing_fuzzy_or_obsolete(self, language: str) -> None:
        assert not catalogue(language).obsolete
        assert not any(message.fuzzy for message in catalogue(language) if message.id)

    def test_is_all_used(self, language: str) -> None:
        translated = {m.context: m.string for m in catalogue(language) if m.id}
        assert catalogues.sentences(language) == translated


def test_no_sentence_has_a_brace_that_marks_no_place() -> None:
    for sentence in ENGLISH.values():
        assert sentence.count("{") == len(places(sentence))


def used_keys() -> Iterator[str]:
    """The keys that the code and the templates name, and those that are put together from values."""
    folder = Path(tmsba.mail.__file__).parent
    for path in [*folder.glob("*.py"), *folder.glob("templates/*")]:
        if path.name != "sentences.py":
            yield from re.findall(r'"([a-z_]+)"', path.read_text())
    yield from (f"{start}_{purpose.value}" for purpose in MailPurpose for start in ("intro", "subject"))
    yield from (f"{start}_{kind.value}" for kind in MessageKind for start in ("message", "subject"))
    yield from (f"state_{status.value.replace('-', '_')}" for status in ConferenceStatus)
    yield from (f"{unit}_n" for unit in ("daily", "weekly", "monthly"))
    yield from (f"ordinal_{form}" for form in ("one", "two", "few", "other"))
    yield from ("dial_in", "dial_out", "kind_user", "kind_directory")
    media = {kind.value.rpartition("-")[0] for kind in ParticipantKind if kind.is_external}
    yield from (f"media_{medium.replace('-', '_')}" for medium in media)


def test_every_sentence_is_used() -> None:
    assert set(ENGLISH) - set(used_keys()) == set()


def test_a_catalogue_that_cannot_be_read_leaves_english(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(catalogues, "catalogue_file", lambda language: tmp_path / "none.po")
    assert catalogues.sentences.__wrapped__("fr") is ENGLISH


def test_a_stale_or_broken_translation_leaves_english(monkeypatch, tmp_path) -> None:
    file = tmp_path / "mail.po"
    file.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "title"\nmsgid "Old"\nmsgstr "Vieux"\n\n'
        'msgctxt "system"\nmsgid "System {id}"\nmsgstr "Système"\n\n'
        'msgctxt "when"\nmsgid "Time"\nmsgstr "Heure"\n'
    )
    monkeypatch.setattr(catalogues, "catalogue_file", lambda language: file)
    found = catalogues.sentences.__wrapped__("fr")
    assert (found["title"], found["system"], found["when"]) == ("Title", "System {id}", "Heure")


@pytest.mark.parametrize(
    ("culture", "language"),
    [("fr-FR", "fr"), ("zh-Hans", "zh-CN"), ("ja-JP", "ja"), ("en-US", "en"), ("tlh", "en"), ("", "en")],
)
def test_a_culture_name_finds_its_language(culture: str, language: str) -> None:
    assert words_for(culture).language == language


@pytest.mark.parametrize(
    ("language", "day", "duration"),
    [
        ("en", "Thursday, 29 January 2026", "1 hour, 30 minutes"),
        ("fr", "jeudi 29 janvier 2026", "1 heure et 30 minutes"),
        ("ru", "четверг, 29 января 2026", "1 час 30 минут"),
        ("zh-CN", "2026年1月29日星期四", "1小时30分钟"),
        ("ja", "2026年1月29日木曜日", "1 時間 30 分"),
        ("ko", "2026년 1월 29일 목요일", "1시간 30분"),
    ],
)
def test_dates_and_durations_are_written_as_in_the_language(language: str, day: str, duration: str) -> None:
    words = words_for(language)
    assert words.date(date(2026, 1, 29)).startswith(day)
    assert words.duration(timedelta(minutes=90)).replace("\xa0", " ") == duration
    assert words.time(datetime(2026, 1, 29, 14, 9, tzinfo=UTC)) == "14:09"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_its_word(language: str) -> None:
    words = words_for(language)
    for unit in ("minute", "hour", "day", "week", "month", "year", "second"):
        for count in (1, 2, 5, 21):
            assert f"{count}" in words.unit(count, unit)
            assert "duration" not in words.unit(count, unit)
    assert words.duration(timedelta()).startswith("0")


def test_days_and_lists_and_numbers() -> None:
    assert words_for("fr").weekday(DayOfWeek.SUNDAY) == "dimanche"
    assert words_for("en").listed(["a", "b", "c"]) == "a, b and c"
    numbers = [words_for("en").ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    assert numbers == ["1st", "2nd", "3rd", "4th", "11th", "22nd"]
    assert [words_for("fr").ordinal(n) for n in (1, 2)] == ["1er", "2e"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_participant_has_a_name(language: str) -> None:
    names = {words_for(language).kind(kind) for kind in ParticipantKind if kind.is_external}
    assert len(names) == sum(kind.is_external for kind in ParticipantKind)
    assert all(words_for(language).kind(kind) for kind in (ParticipantKind.USER, ParticipantKind.DIRECTORY))
