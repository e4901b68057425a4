"""A space tells whether its number can be given, and a bridge how many participants it takes by its own word.

The columns are added in plain SQL for SQLite, which would build the tables anew otherwise.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; until somebody looks, every number can be given."""
    op.execute("ALTER TABLE space ADD COLUMN state TEXT DEFAULT 'ready' NOT NULL")
    op.execute("ALTER TABLE bridge ADD COLUMN told_participants INTEGER")
