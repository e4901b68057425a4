"""External hosts of conferences, and how many participants a bridge has room for."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; conferences that are booked already count."""
    op.execute("ALTER TABLE conference ADD COLUMN external_dial_string TEXT DEFAULT '' NOT NULL")
    op.execute(
        "ALTER TABLE bridge ADD COLUMN max_participants INTEGER"
        " CONSTRAINT ck_bridge_max_participants CHECK (max_participants >= 1)"
    )
    op.execute("ALTER TABLE space_reservation ADD COLUMN participants INTEGER DEFAULT 0 NOT NULL")
    op.execute(
        "UPDATE space_reservation SET participants = ("
        " SELECT count(*) FROM occurrence JOIN participant"
        " ON participant.conference_id = occurrence.conference_id"
        " WHERE occurrence.id = space_reservation.occurrence_id AND participant.kind <> 'master')"
    )
