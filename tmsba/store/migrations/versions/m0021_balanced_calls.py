"""A bridge tells whether it balances outgoing calls, and a note whether it is of a participant.

The columns are added in plain SQL for SQLite, which would build the tables anew otherwise.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; until somebody looks, no bridge balances."""
    op.execute("ALTER TABLE bridge ADD COLUMN is_balancing BOOLEAN DEFAULT false NOT NULL")
    op.execute("ALTER TABLE live_call_leg ADD COLUMN is_participant BOOLEAN DEFAULT false NOT NULL")
