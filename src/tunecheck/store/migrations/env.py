"""What alembic loads to run migrations, on the connection and in the transaction that store/upgrade.py hands it."""

from alembic import context


def run_migrations() -> None:
    """Run the migrations on ``config.attributes["connection"]``."""
    # SQLite can roll table definitions back; without the flag alembic would commit after each revision.
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


# Alembic loads this file under this name. Under another one (pytest looks for doctests in it) there is nothing to run.
if __name__ == "env_py":
    run_migrations()
