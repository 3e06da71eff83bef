"""Pure functions of arrays: estimates with intervals."""
