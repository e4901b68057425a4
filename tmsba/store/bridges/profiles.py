"""Profiles that were made on bridges for meetings that differ from others."""

from sqlalchemy import Connection, delete, select

from tmsba.domain.bridge.bridge import BridgeProfiles
from tmsba.store.sql.statements import insert_or_update
from tmsba.store.tables.tables import bridge, bridge_profile


def read_profiles(connection: Connection, bridge_id: int) -> BridgeProfiles:
    """The profiles that a bridge's spaces are given, in one statement.

    Raises:
        LookupError: no bridge has this id.
    """
    query = (
        select(
            bridge.c.call_profile_id,
            bridge.c.call_leg_profile_id,
            bridge_profile.c.name,
            bridge_profile.c.profile_id,
        )
        .outerjoin(bridge_profile, bridge_profile.c.bridge_id == bridge.c.id)
        .where(bridge.c.id == bridge_id)
    )
    rows = connection.execute(query).all()
    if not rows:
        raise LookupError(f"there is no bridge {bridge_id}")
    return BridgeProfiles(
        call_profile_id=rows[0].call_profile_id or "",
        call_leg_profile_id=rows[0].call_leg_profile_id or "",
        made={row.name: row.profile_id for row in rows if row.name is not None},
    )


def note_profile(connection: Connection, bridge_id: int, name: str, profile_id: str) -> str:
    """Remember a profile unless one of this name is noted; the id that counts."""
    row = {"bridge_id": bridge_id, "name": name, "profile_id": profile_id}
    key = ("bridge_id", "name")
    # Also the one that stays is written, so that whoever comes second waits for the first and reads it.
    keep = {"profile_id": bridge_profile.c.profile_id}
    insert_or_update(connection, bridge_profile, row, key=key, update=keep)
    query = select(bridge_profile.c.profile_id).where(
        bridge_profile.c.bridge_id == bridge_id, bridge_profile.c.name == name
    )
    stands: str = connection.execute(query).scalar_one()
    return stands


def forget_profiles(connection: Connection, bridge_id: int) -> None:
    """Forget all profiles of a bridge."""
    connection.execute(delete(bridge_profile).where(bridge_profile.c.bridge_id == bridge_id))
