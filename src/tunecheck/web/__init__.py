"""The rating page and the owner's page: a small server for one run folder, and model text made safe to show there."""

from tunecheck.web.server import Opened, opened

__all__ = ["Opened", "opened"]
