"""Changes: what one side did to lists, dicts, sets and arrays of which the other side has its own."""

from __future__ import annotations

import collections
import sys
from typing import Any

_MUTABLE = (list, dict, set, bytearray, collections.deque)


def is_mutable(value: object) -> bool:
    """Whether it can be changed in place, and each side has its own."""
    return isinstance(value, (*_MUTABLE, *_arrays()))


def update(old: Any, new: Any) -> bool:
    """Make ``old`` what ``new`` is, it and what lies in it remaining the same objects; False where that cannot be."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, list):
        kept = [_updated(was, now) for was, now in zip(old, new, strict=False)]
        old[:] = [*kept, *new[len(kept) :]]
    elif isinstance(old, dict):
        kept_values = {key: _updated(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(kept_values)
    elif isinstance(old, (set, collections.deque)):
        old.clear()
        old.update(new) if isinstance(old, set) else old.extend(new)
    elif isinstance(old, bytearray):
        old[:] = new
    elif isinstance(old, tuple):
        kept = [_updated(was, now) for was, now in zip(old, new, strict=False)]
        return len(old) == len(new) and all(was is now for was, now in zip(old, kept, strict=True))
    else:
        return _update_array(old, new)
    return True


def _updated(was: Any, now: Any) -> Any:
    """What was there, made what it is now; what is there now where that cannot be."""
    if update(was, now):
        return was
    # A subclass came back as the plain value that it holds.
    is_same = type(was) is type(now) or (isinstance(was, type(now)) and not isinstance(was, bool))
    return was if is_same and type(now).__module__ == "builtins" and was == now else now


def _update_array(old: Any, new: Any) -> bool:
    is_alike = type(old) in _arrays() and old.shape == new.shape and old.dtype == new.dtype
    if is_alike:
        old[...] = new
    return is_alike


def _arrays() -> tuple[type, ...]:
    numpy = sys.modules.get("numpy")
    return () if numpy is None else (numpy.ndarray,)
