"""A conference can have a PIN for its hosts.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is booked has no hosts."""
    op.execute("ALTER TABLE conference ADD COLUMN host_pin TEXT DEFAULT '' NOT NULL")
