"""Dates that left their series while they were going on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "detached_date",
        sa.Column("occurrence_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("recurrence_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_detached_date"),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrence.id"], name="fk_detached_date_occurrence_id"),
        sa.ForeignKeyConstraint(["series_id"], ["conference.id"], name="fk_detached_date_series_id"),
    )
    op.create_index("ix_detached_date_series_id", "detached_date", ["series_id"])
