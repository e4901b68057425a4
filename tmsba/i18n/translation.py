"""Tell an error in the language of the client."""

from dataclasses import dataclass

from tmsba.domain.conference.reasons import Reason, Reasons
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
        error: The error; errors and reasons among its facts are told in the same language.
        culture: What the client calls its language, such as ``fr-FR``; anything is allowed.
    """
    language = language_of(culture)
    if language == ENGLISH:
        return Sentence(error.message)
    template = translations(language).get(error.template)
    if template is None:
        return Sentence(error.message)
    facts = {name: _told(fact, culture, language) for name, fact in error.facts.items()}
    return Sentence(fill(template, facts), language)


def _told(fact: object, culture: str | None, language: str) -> object:
    """A fact in another language, if it is one that consists of words."""
    if isinstance(fact, TmsbaError):
        return translate(fact, culture)
    if isinstance(fact, Reasons):
        return " ".join(str(_told(reason, culture, language)) for reason in fact.each)
    if isinstance(fact, Reason):
        template = translations(language).get(fact.kind.sentence, fact.kind.sentence)
        return fill(template, dict(fact.facts))
    return fact


def translate(error: TmsbaError, language: str | None) -> str:
    """The text of an error in the language that fits a culture name, else in English."""
    return localise(error, language).text
