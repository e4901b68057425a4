"""Texts of people and clients."""

import re

#: What moves a cursor or begins a line; a carriage return with its line feed is one.
_CONTROL_WHITESPACE = re.compile("\r\n|[\t-\r\x1c-\x1f\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """A text with a blank in place of each line break, tab and other control whitespace."""
    return text if text.isprintable() else _CONTROL_WHITESPACE.sub(" ", text)
