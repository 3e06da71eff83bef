"""What runs inside of the sandbox: the standard library and these modules alone, as a package of its own."""

__all__: list[str] = []
