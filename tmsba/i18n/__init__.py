"""Errors in the languages of the product.

Source: TMSBA guide, ContextHeader (ClientLanguage).
"""

from tmsba.i18n.translation import Sentence, localise, translate

__all__ = ["Sentence", "localise", "translate"]
