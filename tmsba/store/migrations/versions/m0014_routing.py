"""Routing: IP zones, priorities of bridges, and the decisions.

Columns are added in plain SQL for SQLite, which would build the tables anew otherwise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    for table in ("bridge", "system", "user_account"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN ip_zone TEXT DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE bridge ADD COLUMN priority INTEGER DEFAULT 0 NOT NULL")
    op.create_table(
        "route_decision",
        sa.Column("conference_id", sa.Integer, nullable=False),
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("conference_id", "occurrence_id", name="pk_route_decision"),
        sa.ForeignKeyConstraint(
            ["conference_id"],
            ["conference.id"],
            name="fk_route_decision_conference_id",
            ondelete="CASCADE",
        ),
    )
