"""A conference remembers that somebody ended its call."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no call was ended until somebody looks."""
    column = sa.Column("is_call_ended", sa.Boolean, server_default=sa.text("false"), nullable=False)
    op.add_column("live_conference", column)
