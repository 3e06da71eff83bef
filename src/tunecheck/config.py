"""RunSpec: a YAML file and flags become one validated description of a run."""
