"""Whether a bridge's dial plan lets people reach its numbers, and it reach the systems. Pure.

Source: CMS API reference, 7.1 and 7.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

#: More domains are counted, not named.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlan:
    """What a bridge tells of its rules, as far as they are for calls of no tenant."""

    #: The domains of incoming calls that lead to spaces.
    inbound: tuple[str, ...] = ()
    #: The patterns of domains that the bridge can call.
    outbound: tuple[str, ...] = ()

    def is_reached_at(self, domain: str) -> bool:
        """Whether calls to this domain lead to spaces; incoming rules know no wildcards."""
        return domain.lower() in {one.lower() for one in self.inbound}

    def can_call(self, domain: str) -> bool:
        """Whether a rule leads to this domain; a blank pattern leads everywhere."""
        return any(not one or fnmatchcase(domain.lower(), one.lower()) for one in self.outbound)


def dial_plan_trouble(plan: DialPlan, domain: str, number: int, dialled: Iterable[str]) -> str:
    """What is missing, as sentences that say what to add; blank for nothing.

    Args:
        plan: the bridge's rules.
        domain: the SIP domain behind the bridge's numbers; blank for one that is not set yet.
        number: one of its numbers, as an example.
        dialled: the domains of the systems that it may have to dial.
    """
    sentences = []
    if domain and not plan.is_reached_at(domain):
        sentences.append(
            f"No inbound dial plan rule of the bridge leads {number}@{domain} to a space: "
            f"add one for {domain}."
        )
    unreached = sorted({one.lower() for one in dialled if one and not plan.can_call(one)})
    if unreached:
        more = len(unreached) - _NAMED
        named = ", ".join(unreached[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        sentences.append(
            f"No outbound dial plan rule of the bridge leads to {named}: add one, "
            f"or systems there cannot be dialled."
        )
    return " ".join(sentences)
