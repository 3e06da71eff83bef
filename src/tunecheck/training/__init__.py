"""What a trainer left behind in its output folder."""

from tunecheck.training.settings import read_settings

__all__ = ["read_settings"]
