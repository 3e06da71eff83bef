"""Files become items: load any file of examples, whatever its container and the shape of its rows."""

from tunecheck.data.reading import load, texts
from tunecheck.data.shapes import SHAPES

__all__ = ["SHAPES", "load", "texts"]
