"""A space tells whether its number can be given to conferences.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; until somebody looks, every number can be given."""
    op.execute("ALTER TABLE space ADD COLUMN state TEXT DEFAULT 'ready' NOT NULL")
