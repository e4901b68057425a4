"""Which languages there are, and which of them a culture name means."""

import re

ENGLISH = "en"

#: Tags of the languages besides English, with the names of their catalogues.
CATALOGUES = {"fr": "fr", "ru": "ru", "zh-CN": "zh_CN", "ja": "ja", "ko": "ko"}

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
