"""Fixtures of the whole tool's tests."""

from tests.workshop import network, scored, shop

__all__ = ["network", "scored", "shop"]
