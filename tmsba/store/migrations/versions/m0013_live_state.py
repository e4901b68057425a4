"""Who is in the conferences that are open on bridges, what happened in them, and call detail records."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
_COUNT = sa.BigInteger()
_KINDS = (
    "opened",
    "connected",
    "left",
    "everybody left",
    "dialled again",
    "not reached",
    "call ended",
    "bridge restarted",
    "extended",
    "closed",
)


def upgrade() -> None:
    """Add the tables, and indexes by which records of calls and call legs find their conferences."""
    _add_views()
    _add_events()
    op.create_table(
        "record_session",
        sa.Column("bridge_id", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        *(
            sa.Column(name, _COUNT, nullable=False)
            for name in ("last_index", "last_correlator", "received", "duplicates", "missing")
        ),
        sa.PrimaryKeyConstraint("bridge_id", "id", name="pk_record_session"),
        sa.ForeignKeyConstraint(
            ["bridge_id"], ["bridge.id"], name="fk_record_session_bridge_id", ondelete="CASCADE"
        ),
    )
    _index("live_conference", "call_id", where="closed_at IS NULL")
    _index("live_call_leg", "call_leg_id")


def _add_views() -> None:
    op.create_table(
        "live_view",
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_live_view"),
        _owned_by("live_view", "live_conference"),
    )
    op.create_table(
        "live_participant",
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("call_leg_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("is_connected", sa.Boolean, nullable=False),
        sa.Column("system_id", sa.Integer),
        sa.Column("number", sa.Integer),
        sa.PrimaryKeyConstraint("occurrence_id", "position", name="pk_live_participant"),
        _owned_by("live_participant", "live_view"),
        sa.ForeignKeyConstraint(["system_id"], ["system.id"], name="fk_live_participant_system_id"),
    )
    _index("live_participant", "call_leg_id")
    _index("live_participant", "system_id", where="system_id IS NOT NULL")
    op.create_table(
        "ended_call_leg",
        sa.Column("call_leg_id", sa.Text, nullable=False),
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call_leg_id", name="pk_ended_call_leg"),
        _owned_by("ended_call_leg", "live_conference"),
    )
    _index("ended_call_leg", "occurrence_id")


def _add_events() -> None:
    kinds = ", ".join(repr(kind) for kind in _KINDS)
    op.create_table(
        "conference_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurrence_id", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conference_event"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_conference_event_occurrence_id"
        ),
        sa.CheckConstraint(f"kind IN ({kinds})", name="kind"),
        sqlite_autoincrement=True,
    )
    _index("conference_event", "occurrence_id", "id")


def _owned_by(table: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["occurrence_id"], [f"{owner}.occurrence_id"], name=f"fk_{table}_occurrence_id", ondelete="CASCADE"
    )


def _index(table: str, *columns: str, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        f"ix_{table}_{'_'.join(columns)}",
        table,
        list(columns),
        sqlite_where=condition,
        postgresql_where=condition,
    )
