"""The spaces that a user is a member of (CMS API reference, 9.2.1)."""

from collections.abc import Sequence

from tmsba.simulator.catalogue.users import USERS
from tmsba.simulator.http import Request, Response, Routes, listing
from tmsba.simulator.nodes import kept
from tmsba.simulator.objects import Bridge


def _list_spaces(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    jid = kept.find(bridge, USERS, ids).values["userJid"].lower()
    found = [
        (member.id, space.id)
        for space in bridge.spaces
        for member in bridge.cluster.objects.below(space.id, "coSpaceUser").values()
        if member.values["userJid"].lower() == jid
    ]
    tags = ("userCoSpaces", "userCoSpace")
    return listing(request, tags, found, lambda one: (one[0], [("coSpace", one[1])]))


ROUTES: Routes = {("users", "{}", "usercospaces"): {"GET": _list_spaces}}
