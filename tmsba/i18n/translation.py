"""Tell an error in the language of the client."""

from dataclasses import dataclass

from tmsba.domain.errors import TmsbaError, fill
from tmsba.i18n.catalogues import translations
from tmsba.i18n.languages import ENGLISH, language_of


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, and the tag of the language it is in."""

    text: str
    language: str = ENGLISH


def localise(error: TmsbaError, culture: str | None) -> Sentence:
    """The sentence of an error in the language that fits a culture name, else in English.

    Args:
        error: The error; errors among its facts are told in the same language.
        culture: What the client calls its language, such as ``fr-FR``; anything is allowed.
    """
    language = language_of(culture)
    if language == ENGLISH:
        return Sentence(error.message)
    template = translations(language).get(error.template)
    if template is None:
        return Sentence(error.message)
    facts = {
        name: translate(fact, culture) if isinstance(fact, TmsbaError) else fact
        for name, fact in error.facts.items()
    }
    return Sentence(fill(template, facts), language)


def translate(error: TmsbaError, language: str | None) -> str:
    """The text of an error in the language that fits a culture name, else in English."""
    return localise(error, language).text
