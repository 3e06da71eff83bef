"""Operations: what tests can do to an object of the program besides calling it and asking for its attributes."""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable
from typing import Any

# As Python itself does it, with all that it falls back on; the rest are methods that an object has or has not.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{"len": len, "iter": iter, "next": next, "reversed": reversed, "bool": bool, "hash": hash, "abs": abs},
    **{"int": int, "float": float, "complex": complex, "round": round, "bytes": bytes, "repr": repr, "str": str},
    **{"format": format, "aiter": aiter, "anext": anext, "copy": copy.copy, "deepcopy": copy.deepcopy},
    **{"trunc": math.trunc, "floor": math.floor, "ceil": math.ceil, "index": operator.index},
    **{"neg": operator.neg, "pos": operator.pos, "invert": operator.invert, "contains": operator.contains},
    **{"getitem": operator.getitem, "setitem": operator.setitem, "delitem": operator.delitem},
    **{"eq": operator.eq, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge},
}


def operate(target: Any, name: str, args: list[Any]) -> Any:
    """What an operator or a built-in function gives; NotImplemented where the object has no such operator."""
    if name in ("exit", "aexit"):
        (error,) = args
        trace = None if error is None else error.__traceback__
        args = [None if error is None else type(error), error, trace]
    elif name in _FUNCTIONS:
        return _FUNCTIONS[name](target, *args)
    method = getattr(type(target), f"__{name}__", None)
    if method is None and name in ("enter", "exit", "aenter", "aexit"):
        raise TypeError(f"{type(target).__name__!r} object is no context manager")
    return NotImplemented if method is None else method(target, *args)
