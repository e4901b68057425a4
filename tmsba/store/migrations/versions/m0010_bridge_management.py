"""Bridges: alternate addresses, pinned certificates, clusters, health, a parameter set for each range.

Columns are added in plain SQL for SQLite, which would build the table anew otherwise.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
_TEXTS = (
    "alternate_url",
    "alternate_username",
    "sealed_alternate_password",
    "ca_pem",
    "fingerprint",
    "alternate_fingerprint",
    "cluster_id",
)


def upgrade() -> None:
    """Add the columns and the table, and carry the one parameter set of each bridge over."""
    for name in _TEXTS:
        op.execute(f"ALTER TABLE bridge ADD COLUMN {name} TEXT DEFAULT '' NOT NULL")
    for name in ("nodes", "ranges", "lease_owner"):
        op.execute(f"ALTER TABLE bridge ADD COLUMN {name} TEXT")
    op.add_column("bridge", sa.Column("lease_until", _MOMENT))
    op.execute("ALTER TABLE space ADD COLUMN is_retired BOOLEAN DEFAULT false NOT NULL")
    condition = sa.text("is_retired AND cospace_id IS NOT NULL")
    op.create_index(
        "ix_space_to_remove", "space", ["bridge_id"], sqlite_where=condition, postgresql_where=condition
    )
    _add_health()
    _carry_parameter_sets_over()


def _add_health() -> None:
    op.create_table(
        "bridge_health",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bridge_id", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", _MOMENT),
        sa.Column("is_reachable", sa.Boolean),
        sa.Column("reachable_since", _MOMENT),
        sa.Column("checked_at", _MOMENT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("last_error_at", _MOMENT),
        sa.Column("report", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_bridge_health"),
        sa.ForeignKeyConstraint(
            ["bridge_id"], ["bridge.id"], name="fk_bridge_health_bridge_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("bridge_id", "address", name="uq_bridge_health_bridge_id_address"),
        sa.CheckConstraint("address IN ('main', 'alternate')", name="address"),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
        sqlite_autoincrement=True,
    )
    # The type of the moment is the column's own, whichever that is.
    op.execute(
        "INSERT INTO bridge_health (bridge_id, address, due_at, failures, last_error)"
        " SELECT id, 'main', '2000-01-01 00:00:00.000000', 0, '' FROM bridge ORDER BY id"
    )


def _carry_parameter_sets_over() -> None:
    bridges = op.get_bind().execute(
        sa.text(
            "SELECT id, parameter_set_id, numeric_id_base, numeric_id_quantity, is_prepared FROM bridge"
            " WHERE parameter_set_id IS NOT NULL"
        )
    )
    for row in bridges.all():
        known = {
            "parameter_set_id": row.parameter_set_id,
            "first": row.numeric_id_base,
            "last": row.numeric_id_base + row.numeric_id_quantity - 1,
            "sync_id": None,
            "is_made": bool(row.is_prepared),
        }
        op.get_bind().execute(
            sa.text("UPDATE bridge SET ranges = :ranges WHERE id = :id"),
            {"ranges": json.dumps({"v": 1, "ranges": [known]}), "id": row.id},
        )
    op.execute("ALTER TABLE bridge DROP COLUMN parameter_set_id")
