"""The outbox knows which bridge a job keeps busy, so that one that hangs gets no more than its share.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it, and have the index in its order."""
    op.execute("ALTER TABLE outbox ADD COLUMN bridge_id INTEGER DEFAULT 0 NOT NULL")
    op.execute(
        "UPDATE outbox SET bridge_id = coalesce("
        "(SELECT bridge_id FROM occurrence WHERE occurrence.id = outbox.occurrence_id),"
        " (SELECT bridge_id FROM live_conference WHERE live_conference.occurrence_id = outbox.occurrence_id),"
        " 0)"
    )
    op.drop_index("ix_outbox_due_at_id", "outbox")
    condition = sa.text("done_at IS NULL AND due_at IS NOT NULL")
    op.create_index(
        "ix_outbox_bridge_id_due_at_id",
        "outbox",
        ["bridge_id", "due_at", "id"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
