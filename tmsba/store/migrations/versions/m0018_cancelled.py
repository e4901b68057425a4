"""Conferences know that somebody deleted them while they were going on: their external key is free then.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what is over already nobody knows."""
    op.execute("ALTER TABLE occurrence ADD COLUMN is_cancelled BOOLEAN DEFAULT false NOT NULL")
