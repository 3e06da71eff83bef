"""What a trainer left behind in its output folder."""

from tunecheck.training.detect import history_of_log, read_history
from tunecheck.training.settings import read_settings

__all__ = ["history_of_log", "read_history", "read_settings"]
