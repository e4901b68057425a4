"""Reasons of decisions: a code for programs, and a sentence for people.

A table of reasons is an enumeration: the names of its members are their codes, the values their sentences.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tmsba.domain.errors import fill

#: What a sentence tells: names, addresses and counts.
Fact = str | int


class ReasonKind(Enum):
    """The base of tables of reasons."""

    @property
    def code(self) -> str:
        """What programs know the reason by."""
        return self.name.lower().replace("_", "-")

    @property
    def sentence(self) -> str:
        """English, with places for facts."""
        return str(self.value)

    def because(self, /, **facts: Fact) -> "Reason":
        """The reason with the facts of a case."""
        return Reason(self, tuple(sorted(facts.items())))


class ClientReason(ReasonKind):
    """The base of tables of reasons that faults tell to clients, and that are translated for it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided as it was; its text is an English sentence."""

    kind: ReasonKind
    #: What goes into the places of the sentence, in order of names.
    facts: tuple[tuple[str, Fact], ...] = ()

    def __str__(self) -> str:
        """The sentence with the facts in their places."""
        return fill(self.kind.sentence, dict(self.facts))


@dataclass(frozen=True, slots=True)
class Reasons:
    """Several reasons, as one fact of an error: it tells them one after the other."""

    each: tuple[Reason, ...]

    @classmethod
    def of(cls, reasons: Iterable[Reason]) -> "Reasons":
        """Some reasons, in their order."""
        return cls(tuple(reasons))

    def __str__(self) -> str:
        """The sentences, with blanks between them."""
        return " ".join(map(str, self.each))
