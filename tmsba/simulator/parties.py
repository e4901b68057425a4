"""How those who are called behave, by patterns of their addresses."""

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Outcome = Literal["answers", "busy", "rejects", "silent", "unknown"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)

#: Why a call leg ended, in the words of the call detail records.
REASONS: dict[Outcome, str] = {
    "busy": "remoteBusy",
    "rejects": "remoteRejected",
    "silent": "ringingTimeout",
    "unknown": "unknownDestination",
}
_RINGING_SECONDS = 60.0


@dataclass(frozen=True)
class Party:
    """What happens when an address is called.

    Attributes:
        pattern: An address in which ``*`` and ``?`` stand for anything; case does not matter.
        outcome: Whether it answers, is busy, rejects the call after ringing, rings and never answers, or is
            not known.
        after_seconds: How long until then; the bridge's own time unless given.
        stays_seconds: How long it stays once it has answered; for good unless given.
    """

    pattern: str
    outcome: Outcome = "answers"
    after_seconds: float | None = None
    stays_seconds: float | None = None
    _matches: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        compiled = re.compile(fnmatch.translate(self.pattern.lower()))
        object.__setattr__(self, "_matches", compiled)

    def matches(self, address: str) -> bool:
        """Tell whether an address falls under the pattern."""
        return self._matches.match(address.lower()) is not None

    def delay(self, answer_seconds: float) -> float:
        """Return how long it takes from the call to the outcome, in seconds.

        Args:
            answer_seconds: The bridge's own time.
        """
        if self.after_seconds is not None:
            return self.after_seconds
        return _RINGING_SECONDS if self.outcome == "silent" else answer_seconds


def literally(address: str) -> str:
    """Return the pattern that only this address falls under."""
    return re.sub(r"([*?[])", r"[\1]", address)


def party_for(parties: Iterable[Party], address: str) -> Party:
    """Return how an address behaves: as the first pattern says, or else it answers."""
    return next((party for party in parties if party.matches(address)), Party(address))
