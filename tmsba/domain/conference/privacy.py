"""Who sees the title of a private conference, and what the others see instead.

Source: TMSBA guide, Conference, PrivacyFlag.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tmsba.domain.conference.conference import Conference
from tmsba.domain.people.users import Caller, Permission

#: What those see who may not read a conference that has no title for outsiders.
UNREADABLE_TITLE = "Busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """What decides who sees which title, besides the participants."""

    title: str
    #: The title for outsiders; blank for a conference that is not private.
    privacy_flag: str
    owner_id: int
    created_by_id: int
    #: E-mail addresses, separated by semicolons.
    invitees: str

    @classmethod
    def of(cls, conference: Conference) -> "Titled":
        """That of a conference."""
        details = conference.details
        return Titled(
            title=details.title,
            privacy_flag=details.privacy_flag,
            owner_id=conference.owner_id,
            created_by_id=conference.created_by_id,
            invitees=details.invitees,
        )

    def is_shown_to(self, caller: Caller, emails: Iterable[str] = ()) -> bool:
        """Whether somebody sees the title itself: administrators, and those whose conference it is.

        One that is not private is also shown to those who may read all conferences.

        Args:
            caller: who asks.
            emails: the addresses of the participants.
        """
        if caller.is_site_administrator:
            return True
        if not self.privacy_flag and caller.may(Permission.READ_ALL_CONFERENCES):
            return True
        if caller.user.id in (self.owner_id, self.created_by_id):
            return True
        address = _folded(caller.user.email)
        return bool(address) and address in map(_folded, (*emails, *self.invitees.split(";")))

    def depends_on_participants(self, caller: Caller) -> bool:
        """Whether somebody sees the title itself only if among the participants."""
        return bool(caller.user.email.strip()) and not self.is_shown_to(caller)

    def title_for(self, caller: Caller, emails: Iterable[str] = ()) -> str:
        """The title as somebody may see it; ``emails`` are the addresses of the participants."""
        return self.title if self.is_shown_to(caller, emails) else self.privacy_flag or UNREADABLE_TITLE


def _folded(address: str) -> str:
    return address.strip().casefold()
