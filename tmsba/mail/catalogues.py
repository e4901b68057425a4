"""The translators' catalogues of mails, read from the package once for each language."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import BinaryIO, cast

import structlog
from babel.messages.pofile import PoFileError, read_po

from tmsba.domain.errors import places
from tmsba.i18n.languages import CATALOGUES
from tmsba.mail.sentences import ENGLISH

_log = structlog.get_logger(__name__)


def catalogue_file(language: str) -> Traversable:
    """Where the catalogue of a language lies."""
    return resources.files("tmsba.mail") / "locale" / CATALOGUES[language] / "LC_MESSAGES" / "mail.po"


@lru_cache(maxsize=len(CATALOGUES) + 1)
def sentences(language: str) -> Mapping[str, str]:
    """All sentences by their keys; those that are not translated in English.

    Args:
        language: ``en``, or one of the tags in ``CATALOGUES``.
    """
    if language not in CATALOGUES:
        return ENGLISH
    try:
        with catalogue_file(language).open("rb") as file:
            return {**ENGLISH, **dict(_usable(cast(BinaryIO, file)))}
    except (OSError, ValueError, PoFileError) as error:
        # A mail in English is better than none.
        _log.error("catalogue_unreadable", language=language, reason=str(error))
        return ENGLISH


def _usable(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """What is translated from the present English sentence, with a place for each fact."""
    for message in read_po(file, charset="utf-8", abort_invalid=True):
        key, english, translated = message.context or "", message.id, message.string
        if not isinstance(english, str) or not isinstance(translated, str) or message.fuzzy:
            continue
        if translated and ENGLISH.get(key) == english and places(english) == places(translated):
            yield key, translated
