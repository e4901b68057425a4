"""What an administrator has set."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from tmsba.store.sql.statements import insert_or_update
from tmsba.store.tables.tables import setting


class SqlSettingValues:
    """Implements ``tmsba.ports.administration.SettingValues``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Mapping[str, str]:
        """Name to value."""
        rows = self._connection.execute(select(setting.c.name, setting.c.value))
        return {row.name: row.value for row in rows}

    def put(self, name: str, value: str) -> None:
        """Add or replace."""
        insert_or_update(self._connection, setting, {"name": name, "value": value}, key=["name"])
