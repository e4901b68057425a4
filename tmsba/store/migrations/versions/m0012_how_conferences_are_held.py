"""What spaces were given for a meeting, and the profiles that were made on bridges for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns in plain SQL, for which SQLite need not build the table anew, and the table."""
    for name in ("adjusted", "layout"):
        op.execute(f"ALTER TABLE live_conference ADD COLUMN {name} TEXT DEFAULT '' NOT NULL")
    op.create_table(
        "bridge_profile",
        sa.Column("bridge_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("profile_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bridge_id", "name", name="pk_bridge_profile"),
        sa.ForeignKeyConstraint(
            ["bridge_id"], ["bridge.id"], name="fk_bridge_profile_bridge_id", ondelete="CASCADE"
        ),
    )
