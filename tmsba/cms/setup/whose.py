"""Whose a space is that has one of our numbers: the one place that decides it. ADR 18.

Ours is a space whose id we noted when it was made, or one with the name of an unused space of ours and with
our call profile, which nobody else has a reason to use. All others belong to somebody: nothing about them is
changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import Space, placeholder_name
from tmsba.cms.setup.space_numbers import taken_numbers
from tmsba.cms.wire.errors import RequestRefused

#: How the failure codes begin that say that another space has a URI or call id (CMS API reference, 4.6).
_DUPLICATE = "duplicatecospace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What has a number on a bridge."""

    #: Ours, or somebody else's; None when there is none, or when it is not known which one it is.
    space: Space | None = None
    is_ours: bool = False
    #: Whether somebody else's space has the number.
    is_in_way: bool = False

    @property
    def space_id(self) -> str | None:
        """The id of our space, or None when there is none."""
        return self.space.id if self.space and self.is_ours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSearch:
    """Looks for one number at a time, and never through the whole list.

    Attributes:
        client: The bridge.
        call_profile_id: Our call profile; without one no space is known by its profile.
        call_leg_profile_id: Our call leg profile.
        hold: Called before each request.
    """

    client: BridgeClient
    call_profile_id: str | None
    call_leg_profile_id: str | None
    hold: Callable[[], None] = lambda: None

    def find_by_name(self, number: int) -> Finding:
        """Find our space of a number, whose id we do not know, by the name of an unused one.

        Few spaces have such a name, while a short number is in the names and URIs of many.
        """
        self.hold()
        name = placeholder_name(number)
        listed = self.client.spaces_matching(name)
        return self.judge(
            number, [one for one in listed if one.name == name and str(number) in taken_numbers(one)]
        )

    def find(self, number: int) -> Finding:
        """Find the space that has a number, whoever has made it."""
        self.hold()
        listed = self.client.spaces_matching(str(number))
        return self.judge(number, [one for one in listed if str(number) in taken_numbers(one)])

    def judge(self, number: int, listed: list[Space]) -> Finding:
        """Say whose the spaces are that have something of a number.

        Args:
            number: The number.
            listed: As a list shows them; lists do not show profiles and owners.
        """
        others: list[Space] = []
        for one in listed:
            self.hold()
            whole = self.client.space_if_any(one.id)
            if whole is None:
                continue
            if self._is_ours(whole, number):
                return Finding(space=whole, is_ours=True)
            others.append(whole)
        return Finding(space=others[0], is_in_way=True) if others else Finding()

    def make(self, number: int) -> Finding:
        """Make the space of a number that is missing, unless somebody was faster.

        Raises:
            NotFoundOnBridge: Our profiles are gone.
            BridgeError: It cannot be made, or nobody knows whether it was: look before doing it again.
        """
        self.hold()
        try:
            space_id = self.client.create_space(
                number,
                call_profile_id=self.call_profile_id or "",
                call_leg_profile_id=self.call_leg_profile_id or "",
            )
        except RequestRefused as refusal:
            if not is_duplicate(refusal):
                raise
            found = self.find(number)
            # The filter of the list does not look at call ids: then it is not known which one it is.
            return found if found.space else Finding(is_in_way=True)
        made = Space(id=space_id, name=placeholder_name(number), uri=str(number), call_id=str(number))
        return Finding(space=made, is_ours=True)

    def _is_ours(self, space: Space, number: int) -> bool:
        return (
            bool(self.call_profile_id)
            and space.call_profile_id == self.call_profile_id
            and space.name == placeholder_name(number)
            and space.uri == space.call_id == str(number)
        )


def is_duplicate(refusal: RequestRefused) -> bool:
    """Say whether a space was refused because another one has its URI or call id."""
    return any(reason.lower().startswith(_DUPLICATE) for reason in refusal.reasons)


def described(space: Space | None) -> str:
    """Name somebody else's space and its owner, for people."""
    if space is None:
        return "a space that was not made by this server"
    owner = f"of {space.owner}" if space.owner else "of an unknown owner"
    return f"the space '{space.name or space.id}' {owner}"
