"""Where a run keeps its facts."""
