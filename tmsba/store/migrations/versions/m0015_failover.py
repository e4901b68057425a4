"""At which address a conference is, what it left at others, and when an address was last swept.

Columns are added in plain SQL for SQLite, which would build the table anew otherwise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the columns; what is live now is at the main address of its bridge."""
    op.execute("ALTER TABLE live_conference ADD COLUMN url TEXT DEFAULT '' NOT NULL")
    op.execute(
        "UPDATE live_conference SET url = (SELECT bridge.url FROM bridge WHERE bridge.id = bridge_id)"
        " WHERE closed_at IS NULL"
    )
    op.add_column("live_conference", sa.Column("unreached_since", _MOMENT))
    op.execute("ALTER TABLE live_conference ADD COLUMN left_calls TEXT")
    op.add_column("bridge_health", sa.Column("swept_at", _MOMENT))
    for name, column, condition in (
        ("ix_live_conference_open_on_bridge", "bridge_id", sa.text("closed_at IS NULL")),
        ("ix_live_conference_left", "occurrence_id", sa.text("left_calls IS NOT NULL")),
    ):
        op.create_index(name, "live_conference", [column], sqlite_where=condition, postgresql_where=condition)
