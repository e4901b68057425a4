"""What a client cannot see it cannot mean to change. Pure.

Clients get nothing newer than the API version that they announce, and send back what they got. So what is
stored and was not shown to them stays, also where it is part of something that they send as a whole.

Source: TMSBA guide, API Versioning and Introducing a New Bandwidth Value.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.conference.request import RequestedParticipant
from tmsba.domain.values import Bandwidth

#: The bandwidths that are no number of ISDN channels.
_IP_ONLY = frozenset({Bandwidth.KBPS_6000, Bandwidth.MAX})


def with_unseen(
    requested: Iterable[RequestedParticipant], stored: Sequence[Participant]
) -> tuple[RequestedParticipant, ...]:
    """Participants as an old client sends them, with what it was not shown of those that are stored.

    Args:
        requested: what the client sends; whole ones stay as they are.
        stored: what the client got. The same id, name and kind tell who is meant.
    """
    left = list(stored)

    def seen(entry: RequestedParticipant) -> RequestedParticipant:
        if not entry.unseen_kinds and entry.is_email_known:
            return entry
        found = next((one for one in left if _is_same(entry, one)), None)
        if found is None:
            return entry
        left.remove(found)
        return replace(entry, kind=found.kind, email=entry.email if entry.is_email_known else found.email)

    return tuple(seen(entry) for entry in requested)


def _is_same(entry: RequestedParticipant, stored: Participant) -> bool:
    return (
        entry.id == stored.id
        and entry.name_or_number == stored.name_or_number
        and stored.kind in {entry.kind, *entry.unseen_kinds}
    )


def with_one_bandwidth(said: dict[str, Any], before: Details) -> dict[str, Any]:
    """What a client says for which Bandwidth is the only one: it was shown the one for IP.

    Args:
        said: fields of ``Details`` by name.
        before: what was shown, or the defaults.
    """
    wanted = said.get("bandwidth")
    others = {name: value for name, value in said.items() if name != "bandwidth"}
    if wanted is None or wanted == before.ip_bandwidth:
        return others
    meant = {"bandwidth": wanted, "ip_bandwidth": wanted}
    if wanted not in _IP_ONLY:
        meant["isdn_bandwidth"] = wanted
    # Values of any version are taken from every client.
    return meant | others


def with_own(kept: Collection[str], own: Details, before: Details, after: Details) -> Details:
    """The details of a series, with what one of its dates has for itself and its client leaves open.

    Args:
        kept: the fields that the client cannot see, or says nothing about.
        own: what the date has.
        before: what the series had.
        after: what the series is to have.
    """
    differing = {name for name in kept if getattr(own, name) != getattr(before, name)}
    return replace(after, **{name: getattr(own, name) for name in differing})
