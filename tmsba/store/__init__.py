"""Where everything is kept: SQLAlchemy Core over SQLite or PostgreSQL.

Only this package knows tables. It implements the ports of ``tmsba.booking`` and ``tmsba.control``; the
database itself forbids double booking, see ``tables``.
"""

from tmsba.store.sql.engine import Limits
from tmsba.store.sql.schema import SchemaOutdated
from tmsba.store.sql.secrets import FernetSecretBox, SecretBox, SecretKeyMissing, SecretUnreadable
from tmsba.store.store import SqlStore, create_store

__all__ = [
    "FernetSecretBox",
    "Limits",
    "SchemaOutdated",
    "SecretBox",
    "SecretKeyMissing",
    "SecretUnreadable",
    "SqlStore",
    "create_store",
]
