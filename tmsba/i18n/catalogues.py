"""The translators' catalogues, read from the package once for each language."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import BinaryIO, cast

import structlog
from babel.messages.pofile import PoFileError, read_po

from tmsba.domain.errors import places
from tmsba.i18n.languages import CATALOGUES

_log = structlog.get_logger(__name__)


def catalogue_file(language: str) -> Traversable:
    """Where the catalogue of a language lies."""
    folder = resources.files("tmsba.i18n") / "locale" / CATALOGUES[language]
    return folder / "LC_MESSAGES" / "tmsba.po"


@lru_cache(maxsize=len(CATALOGUES))
def translations(language: str) -> Mapping[str, str]:
    """English templates with their translations; empty when the catalogue cannot be read.

    Args:
        language: One of the tags in ``CATALOGUES``.
    """
    try:
        with catalogue_file(language).open("rb") as file:
            return dict(_usable(cast(BinaryIO, file)))
    except (OSError, ValueError, PoFileError) as error:
        # An error in English is better than an error about an error.
        _log.error("catalogue_unreadable", language=language, reason=str(error))
        return {}


def _usable(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """What is translated, with a place for each fact."""
    for message in read_po(file, charset="utf-8", abort_invalid=True):
        template, translated = message.id, message.string
        if not isinstance(template, str) or not isinstance(translated, str):
            continue
        if template and translated and not message.fuzzy and places(template) == places(translated):
            yield template, translated
