"""One language: its sentences, and how it writes dates, durations and lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.units import format_unit

from tmsba.domain.errors import fill
from tmsba.domain.time.recurrence import DayOfWeek
from tmsba.domain.values import ParticipantKind
from tmsba.i18n.languages import language_of
from tmsba.mail.catalogues import sentences

#: British English has the day before the month's name, so that nobody can mistake one for the other.
_LOCALES = {"en": "en_GB", "zh-CN": "zh_Hans_CN"}
#: These languages have one word for a unit, which Babel knows as the short one.
_WITH_SHORT_UNITS = frozenset({"zh-CN", "ja", "ko"})


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language.

    Args:
        language: its tag, such as ``fr``.
        locale: how Babel formats in it.
        sentences: what it says, by the keys of the English sentences.
    """

    language: str
    locale: Locale
    sentences: Mapping[str, str]

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence with facts in its places."""
        return fill(self.sentences[key], facts)

    def date(self, day: date) -> str:
        """A date with its weekday, such as ``Thursday, 29 January 2026``."""
        return format_date(day, "full", locale=self.locale)

    def time(self, local: datetime) -> str:
        """A local time of day such as ``14:05``."""
        return format_skeleton("Hm", local, locale=self.locale)

    def unit(self, count: int, unit: str) -> str:
        """So many days, weeks or months."""
        length = "short" if self.language in _WITH_SHORT_UNITS else "long"
        return format_unit(count, f"duration-{unit}", length, locale=self.locale)  # type: ignore[arg-type]

    def duration(self, length: timedelta) -> str:
        """How long something lasts, such as ``1 hour, 30 minutes``."""
        minutes = round(length.total_seconds() / 60)
        parts = [
            self.unit(count, unit)
            for count, unit in ((minutes // 60, "hour"), (minutes % 60, "minute"))
            if count
        ]
        return format_list(parts or [self.unit(0, "minute")], style="unit", locale=self.locale)

    def weekday(self, day: DayOfWeek) -> str:
        """The name of a day of the week."""
        # Babel's weeks begin on Monday, the contract's on Sunday.
        return str(self.locale.days["stand-alone"]["wide"][(day - 1) % 7])

    def listed(self, items: Iterable[str]) -> str:
        """A list such as ``Monday, Tuesday and Friday``."""
        return format_list(list(items), locale=self.locale)

    def ordinal(self, count: int) -> str:
        """A number in a row, such as ``2nd``."""
        key = f"ordinal_{self.locale.ordinal_form(count)}"
        return self.say(key if key in self.sentences else "ordinal_other", count=count)

    def kind(self, kind: ParticipantKind) -> str:
        """What somebody from outside is, such as ``SIP video dial-in``."""
        if not kind.is_external:
            return self.say(f"kind_{kind.value}")
        media, _, way = kind.value.rpartition("-")
        return self.say(f"dial_{way}", media=self.say(f"media_{media.replace('-', '_')}"))


def words_for(culture: str) -> Words:
    """The words of the language that fits a culture name best; English when none does."""
    return _words(language_of(culture))


@cache
def _words(language: str) -> Words:
    return Words(language, Locale.parse(_LOCALES.get(language, language)), sentences(language))
