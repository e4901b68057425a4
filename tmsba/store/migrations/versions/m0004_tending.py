"""Looking after conferences while they last: a kind of due action, and what is known of their call legs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('launch', 'end', 'tend')"
_OUTBOX = """
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    occurrence_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    due_at TEXT,
    lease_owner TEXT,
    lease_until TEXT,
    attempts INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    done_at TEXT,
    last_error TEXT NOT NULL,
    request_id TEXT NOT NULL,
    CONSTRAINT uq_outbox_occurrence_id_kind UNIQUE (occurrence_id, kind),
    CONSTRAINT ck_outbox_kind CHECK (kind IN ('launch', 'end', 'tend')),
    CONSTRAINT ck_outbox_lease CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CONSTRAINT fk_outbox_occurrence_id FOREIGN KEY(occurrence_id) REFERENCES occurrence (id)
)
"""


def upgrade() -> None:
    """Allow the new kind, and add the columns."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    moment = "TIMESTAMP WITH TIME ZONE" if is_postgresql else "TEXT"
    if is_postgresql:
        op.execute("ALTER TABLE outbox DROP CONSTRAINT ck_outbox_kind")
        op.execute(f"ALTER TABLE outbox ADD CONSTRAINT ck_outbox_kind CHECK ({_KINDS})")
    else:
        _rebuild_outbox()
    _add_column("live_conference", f"warned_at {moment}")
    _add_column("live_conference", "extensions INTEGER DEFAULT 0 NOT NULL")
    _add_column("live_call_leg", f"dialled_at {moment}")
    _add_column("live_call_leg", "attempts INTEGER DEFAULT 1 NOT NULL")
    _add_column("live_call_leg", "is_connected BOOLEAN DEFAULT false NOT NULL")


def _add_column(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _rebuild_outbox() -> None:
    """SQLite cannot change a constraint; no other table refers to this one."""
    op.drop_index("ix_outbox_due_at_id", "outbox")
    op.execute("ALTER TABLE outbox RENAME TO old_outbox")
    op.execute(_OUTBOX)
    op.execute("INSERT INTO outbox SELECT * FROM old_outbox")
    op.execute("DROP TABLE old_outbox")
    op.create_index(
        "ix_outbox_due_at_id",
        "outbox",
        ["due_at", "id"],
        sqlite_where=sa.text("done_at IS NULL AND due_at IS NOT NULL"),
    )
