"""What a trainer left behind in its output folder."""
