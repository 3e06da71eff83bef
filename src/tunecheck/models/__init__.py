"""Engines that score items."""
