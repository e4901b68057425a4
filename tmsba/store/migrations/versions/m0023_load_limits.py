"""A bridge tells the most load that its configuration allows.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is filled with the next whole look at the bridge."""
    op.execute("ALTER TABLE bridge ADD COLUMN told_load INTEGER")
