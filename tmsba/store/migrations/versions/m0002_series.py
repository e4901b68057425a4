"""Series: a pattern, the dates that belong to it, and exceptions with a row of their own.

Columns are added in plain SQL: SQLite takes constraints of new columns only as part of them, and a table
that was built anew would first delete all rows that refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their indexes."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    moment = "TIMESTAMP WITH TIME ZONE" if is_postgresql else "TEXT"
    _add_column("conference", "zone_rules TEXT")
    _add_column("conference", "pattern TEXT")
    _add_column(
        "conference",
        "series_id INTEGER CONSTRAINT fk_conference_series_id REFERENCES conference (id)"
        " CONSTRAINT ck_conference_series CHECK (series_id IS NULL OR pattern IS NULL)",
    )
    _add_column(
        "occurrence", "series_id INTEGER CONSTRAINT fk_occurrence_series_id REFERENCES conference (id)"
    )
    _add_column(
        "occurrence",
        f"recurrence_at {moment}"
        " CONSTRAINT ck_occurrence_series CHECK ((recurrence_at IS NULL) = (series_id IS NULL))",
    )
    _add_column(
        "occurrence",
        "is_exception BOOLEAN DEFAULT false NOT NULL"
        " CONSTRAINT ck_occurrence_exception CHECK (series_id IS NOT NULL OR NOT is_exception)",
    )
    _add_index("ix_conference_series_id", "conference", "series_id")
    _add_index("ix_occurrence_series_id_recurrence_at", "occurrence", "series_id", "recurrence_at")
    _replace_key()


def _add_column(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _add_index(name: str, table: str, *columns: str) -> None:
    condition = sa.text("series_id IS NOT NULL")
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def _replace_key() -> None:
    """An exception has the external key of its series, which is in use once all the same."""
    name = "uq_conference_external_key"
    condition = sa.text("external_primary_key <> '' AND NOT is_deleted AND series_id IS NULL")
    op.drop_index(name, "conference")
    op.create_index(
        name,
        "conference",
        ["external_source_id", "external_primary_key"],
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )
