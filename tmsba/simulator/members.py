"""Users, who exist from the moment somebody names them (CMS API reference, 6.4 and 9).

A real bridge reads its users from a directory. Here none is read, so the members of spaces are the users.
"""

import uuid
from typing import TYPE_CHECKING

from tmsba.simulator.records import Record

if TYPE_CHECKING:
    from tmsba.simulator.cluster import Cluster


def user_with(cluster: "Cluster", jid: str) -> Record:
    """Return the user with a JID, in any case; made now if there was none."""
    users, identifier = cluster.objects.of("user"), user_id(jid)
    if identifier not in users:
        users[identifier] = Record(identifier, {"userJid": jid, "name": jid.partition("@")[0]})
    return users[identifier]


def user_id(jid: str) -> str:
    """Return the identifier of a user, made from the JID so that nobody has to be looked for."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, jid.lower()))
