"""E-mail addresses in what people write. Source: TMSBA guide, Conference, EmailTo."""

import re

#: Longer ones cannot be delivered to (RFC 5321).
_LONGEST = 254
_SEPARATORS = re.compile(r"[;,\s]+")
_WORD = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"{_WORD}(\.{_WORD})*@[\w-]+(\.[\w-]+)*")


def mail_addresses(text: str) -> tuple[str, ...]:
    """The addresses in a text, each once in the order of their first mention, in whatever letter case.

    They are separated by semicolons, commas or blanks. What is no address is left out.
    """
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        address = part.strip("<>")
        if len(address) <= _LONGEST and _ADDRESS.fullmatch(address):
            found.setdefault(address.casefold(), address)
    return tuple(found.values())
