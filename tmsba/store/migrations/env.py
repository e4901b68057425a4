"""Run by alembic; ``tmsba.store.sql.schema`` hands in a connection that is in a transaction already."""

from alembic import context

from tmsba.store.tables.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can, although alembic thinks it cannot; our engine begins by itself.
    transactional_ddl=True,
)
context.run_migrations()
