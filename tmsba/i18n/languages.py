"""Which languages there are, and which of them a culture name means."""

import re
from dataclasses import dataclass

ENGLISH = "en"

#: Tags of the languages besides English, with the names of their catalogues.
CATALOGUES = {"fr": "fr", "ru": "ru", "zh-CN": "zh_CN", "ja": "ja", "ko": "ko"}


@dataclass(frozen=True, slots=True)
class Language:
    """A language that clients can choose.

    Args:
        name: for people, in English.
        culture: what requests call it.
    """

    name: str
    culture: str


#: What clients can choose, under the names that .NET has for the cultures.
LANGUAGES = (
    Language("English", "en-US"),
    Language("Chinese (Simplified)", "zh-CN"),
    Language("French", "fr-FR"),
    Language("Japanese", "ja-JP"),
    Language("Korean", "ko-KR"),
    Language("Russian", "ru-RU"),
)

_CULTURE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,5}")
#: Chinese that is written otherwise.
_TRADITIONAL = {"hant", "cht", "tw", "hk", "mo"}


def language_of(culture: str | None) -> str:
    """The tag of the language that fits a culture name best; English when none does.

    Args:
        culture: Such as ``fr``, ``fr-FR``, ``FR_fr``, ``zh-Hans`` or ``zh-CN``, as .NET names cultures.
    """
    name = (culture or "").strip().replace("_", "-").lower()
    if not _CULTURE.fullmatch(name):
        return ENGLISH
    primary, *rest = name.split("-")
    if primary == "zh":
        # A script outranks a region: zh-Hans-HK is simplified.
        is_simplified = not _TRADITIONAL.intersection(rest) or "hans" in rest
        return "zh-CN" if is_simplified else ENGLISH
    return primary if primary in CATALOGUES else ENGLISH
