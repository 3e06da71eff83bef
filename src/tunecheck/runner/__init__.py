"""Plan, execute, record: the only place that wires ports to adapters."""
