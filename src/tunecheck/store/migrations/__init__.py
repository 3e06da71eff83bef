"""What alembic runs to bring run.db up to date."""
