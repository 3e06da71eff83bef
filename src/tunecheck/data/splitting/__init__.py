"""Splits: rows become train, validation and test, so that no unit is on two sides."""

from tunecheck.data.splitting.manifest import Manifest, read_manifest
from tunecheck.data.splitting.split import split
from tunecheck.data.splitting.trainers import split_like_trainer
from tunecheck.data.splitting.verify import verify
from tunecheck.data.splitting.writing import write

__all__ = ["Manifest", "read_manifest", "split", "split_like_trainer", "verify", "write"]
