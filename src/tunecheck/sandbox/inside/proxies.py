"""Proxies: what stands for the functions and objects of a program while its tests run, in another process than it.

Whatever the program answers becomes an exact built-in value or a proxy; none of its code runs here. What compares a
proxy with a plain value is decided here, on data alone, so that an object that equals everything equals nothing.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

from .exceptions import Message, Told
from .values import DEEPEST

Paths = tuple[str, ...]
"""Ways to an object, by what the tests asked for: ("Vector", "scaled"), ("Node.next",)."""

# An object is known by so many ways, and of each so many steps are told apart.
MOST_PATHS, MOST_STEPS = 8, 8
# Attributes that tests ask for; other names of this kind are asked for by Python itself, and mean nothing there.
_ASKED = ("__name__", "__qualname__", "__doc__", "__dict__", "__wrapped__", "__annotations__", "__members__")
_BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul"),
    *("and", "or", "xor", "lshift", "rshift"),
)
_OPERATORS = (
    *("len", "iter", "next", "getitem", "setitem", "delitem", "contains", "reversed", "enter", "bool", "hash"),
    *("neg", "pos", "abs", "invert", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil", "bytes"),
    *("aiter", "anext", "aenter", "copy"),
    *_BINARY,
    *(f"r{name}" for name in _BINARY),
    *(f"i{name}" for name in _BINARY if name != "divmod"),
)


class Asked(Protocol):
    """Whoever passes on to the program what its stand-ins are asked."""

    def call(self, target: Message, paths: Paths, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call it."""

    def get(self, target: Message, name: str, paths: Paths) -> Any:
        """An attribute of what came by these paths."""

    def set(self, target: Message, name: str, value: Any) -> None:
        """Set an attribute."""

    def delete(self, target: Message, name: str) -> None:
        """Delete an attribute."""

    def operate(self, target: Message, name: str, paths: Paths, args: tuple[Any, ...]) -> Any:
        """What an operator or a built-in function gives for what came by these paths."""

    def is_below(self, what: str, value: Any, target: Message) -> bool:
        """isinstance or issubclass, with a class of the program."""

    def plain(self, target: Message) -> Any:
        """What an object of a subclass of a built-in type holds."""

    def construct(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseException | None:
        """A new exception of this class; None where the tests hold none of the program's objects."""

    def refuse(self, detail: str) -> NoReturn:
        """End the tests, for they want something that cannot be."""

    def give(self, paths: Paths) -> None:
        """Something of this name gave the tests an object. Raises where only a plain value was to be expected."""


class RemoteFunction:  # noqa: D101 (the program's own docstring is asked for)
    __doc__ = property(lambda one: _get(one, "__doc__"))

    __slots__ = ("__name__", "_tunecheck_program", "_tunecheck_target")

    def __init__(self, program: Asked, target: Message, name: str) -> None:
        for attribute, value in (("_tunecheck_program", program), ("_tunecheck_target", target), ("__name__", name)):
            object.__setattr__(self, attribute, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return _program_of(self).call(_target_of(self), (self.__name__,), args, kwargs)

    def __instancecheck__(self, value: Any) -> bool:
        return target_of(value) is not None and _program_of(self).is_below("isinstance", value, _target_of(self))

    def __subclasscheck__(self, kind: Any) -> bool:
        return target_of(kind) is not None and _program_of(self).is_below("issubclass", kind, _target_of(self))

    def __getattr__(self, name: str) -> Any:
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _program_of(self).set(_target_of(self), name, value)

    def __getitem__(self, key: Any) -> Any:
        return _program_of(self).operate(_target_of(self), "getitem", (self.__name__,), (key,))

    def __iter__(self) -> Iterator[Any]:
        return iter(_program_of(self).operate(_target_of(self), "iter", (self.__name__,), ()))

    def __contains__(self, value: Any) -> bool:
        return _program_of(self).operate(_target_of(self), "contains", (self.__name__,), (value,)) is True

    def __len__(self) -> int:
        return int(_program_of(self).operate(_target_of(self), "len", (self.__name__,), ()))

    def __bool__(self) -> bool:
        return True

    def __mro_entries__(self, _: Any) -> NoReturn:
        _program_of(self).refuse(f"the tests derive a class from the program's {self.__name__}")


class RemoteObject:  # noqa: PLW1641 (the operators are added below)
    """An object of the program.

    One that an attribute gave, or that nobody should have given, may only be passed over or called, until the tests do
    more with it and it is found to be allowed or not.
    """

    # Names that no program has for its own attributes.
    __slots__ = (
        *("_tunecheck_data", "_tunecheck_is_attribute", "_tunecheck_is_proven", "_tunecheck_paths"),
        *("_tunecheck_program", "_tunecheck_target"),
    )

    def __init__(
        self, program: Asked, target: Message, paths: Paths, data: str, *, is_proven: bool, is_attribute: bool
    ) -> None:
        given = {"program": program, "target": target, "paths": paths, "data": data, "is_proven": is_proven}
        for name, value in {**given, "is_attribute": is_attribute}.items():
            object.__setattr__(self, f"_tunecheck_{name}", value)

    def __getattr__(self, name: str) -> Any:
        prove(self)
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        prove(self)
        _program_of(self).set(_target_of(self), name, value)

    def __delattr__(self, name: str) -> None:
        prove(self)
        _program_of(self).delete(_target_of(self), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it: a method by its name, and any other object only where it is allowed."""
        paths = paths_of(self)
        if not object.__getattribute__(self, "_tunecheck_is_attribute") or is_proven(self):
            prove(self)
            paths = tuple(f"{path}()" for path in paths)
        return _program_of(self).call(_target_of(self), paths, args, kwargs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RemoteObject):
            return self is other or _operated(self, "eq", other) is True
        prove(self)
        if not object.__getattribute__(self, "_tunecheck_data"):
            return False
        return bool(_program_of(self).plain(_target_of(self)) == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __instancecheck__(self, value: Any) -> bool:
        prove(self)
        return target_of(value) is not None and _program_of(self).is_below("isinstance", value, _target_of(self))

    def __subclasscheck__(self, kind: Any) -> bool:
        prove(self)
        return target_of(kind) is not None and _program_of(self).is_below("issubclass", kind, _target_of(self))

    def __repr__(self) -> str:
        return _text_of(_operated(self, "repr"))

    def __str__(self) -> str:
        return _text_of(_operated(self, "str"))

    def __format__(self, spec: str) -> str:
        return _text_of(_operated(self, "format", spec))

    def __exit__(self, _: Any, error: Any, trace: Any) -> Any:
        return _operated(self, "exit", error)

    def __aexit__(self, _: Any, error: Any, trace: Any) -> Any:
        return _operated(self, "aexit", error)

    def __deepcopy__(self, _: Any) -> Any:
        return _operated(self, "deepcopy")


class RemoteError(Told):
    """Mixed into the classes of the program's exceptions."""

    _tunecheck_program: Asked | None = None
    _tunecheck_class = ""
    _tunecheck_target: Message | None = None

    @classmethod
    def comes_from(cls, program: Asked, name: str) -> None:
        """The class has this name in the program, which makes its exceptions."""
        cls._tunecheck_program, cls._tunecheck_class = program, name

    def belongs_to(self, program: Asked, target: Message) -> None:
        """This one stands for an exception of the program."""
        vars(self).update(_tunecheck_program=program, _tunecheck_target=target)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        made = None
        if self._tunecheck_program is not None and self._tunecheck_class:
            made = self._tunecheck_program.construct(self._tunecheck_class, args, kwargs)
        super().__init__(*(args if made is None else made.args))
        if made is not None:
            vars(self).update(vars(made))

    def __getattr__(self, name: str) -> Any:
        if self._tunecheck_target is None:
            raise AttributeError(name)
        return _get(self, name)


def make_kind(name: str) -> type[RemoteObject]:
    """A class for the objects of one of the program's, which tests may ask for its name."""
    doc = property(lambda one: _get(one, "__doc__"))
    namespace: dict[str, Any] = {"__slots__": (), "__module__": "__main__", "__doc__": doc}
    if name == "generator":
        namespace["__class__"] = property(lambda _: types.GeneratorType)
    return type(name, (RemoteObject,), namespace)


def target_of(value: Any) -> Message | None:
    """What the program calls that for which this stands; None where it stands for nothing."""
    if isinstance(value, (RemoteFunction, RemoteObject)):
        return _target_of(value)
    if isinstance(value, RemoteError):
        return value._tunecheck_target
    if isinstance(value, type) and issubclass(value, RemoteError) and value._tunecheck_class:
        return {"name": value._tunecheck_class}
    return vars(value).get("_tunecheck_target") if isinstance(value, types.FunctionType) else None


def paths_of(one: RemoteObject) -> Paths:
    """The ways by which the tests came to it."""
    paths: Paths = object.__getattribute__(one, "_tunecheck_paths")
    return paths


def add_paths(one: RemoteObject, paths: Paths) -> None:
    """The tests came to it by these ways too."""
    known = paths_of(one)
    new = tuple(path for path in paths if path not in known)
    object.__setattr__(one, "_tunecheck_paths", (known + new)[:MOST_PATHS])


def longer(paths: Paths, step: str) -> Paths:
    """The ways to an object, one step further."""
    return tuple(".".join([*path.split("."), step][-MOST_STEPS:]) for path in paths)


def number_of(one: RemoteObject) -> int:
    """The number that the program knows it by."""
    target = target_of(one)
    return int(target["object"]) if target else -1


def objects_in(value: Any, depth: int = 0) -> Iterator[RemoteObject]:
    """The objects of the program in a value."""
    if isinstance(value, RemoteObject):
        yield value
    elif depth < DEEPEST and isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        for one in value:
            yield from objects_in(one, depth + 1)
    elif depth < DEEPEST and isinstance(value, dict):
        for pair in dict.items(value):
            yield from objects_in(pair, depth + 1)


def is_proven(one: RemoteObject) -> bool:
    """Whether the tests may do more with it than to call it."""
    return object.__getattribute__(one, "_tunecheck_is_proven") is True


def prove(one: RemoteObject, *, as_given: bool = False) -> None:
    """The tests do more with an object than to call it. Raises where it is not allowed."""
    if not is_proven(one):
        if not as_given:
            _program_of(one).give(paths_of(one))
        object.__setattr__(one, "_tunecheck_is_proven", True)


def _get(one: Any, name: str) -> Any:
    if name.startswith("__") and name.endswith("__") and name not in _ASKED:
        raise AttributeError(name)
    if isinstance(one, RemoteObject):
        paths = paths_of(one)
    else:
        paths = (one.__name__ if isinstance(one, RemoteFunction) else type(one).__name__,)
    return _program_of(one).get(_target_of(one), name, paths)


def _program_of(one: Any) -> Asked:
    program: Asked = object.__getattribute__(one, "_tunecheck_program")
    return program


def _target_of(one: Any) -> Message:
    target: Message = object.__getattribute__(one, "_tunecheck_target")
    return target


def _operated(one: RemoteObject, name: str, *args: Any) -> Any:
    prove(one)
    return _program_of(one).operate(_target_of(one), name, paths_of(one), args)


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else "an object of the program"


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: RemoteObject, *args: Any) -> Any:
        return _operated(self, name, *args)

    operate.__name__ = f"__{name}__"
    return operate


def _order(name: str) -> Callable[..., Any]:
    def compare(self: RemoteObject, other: object) -> Any:
        prove(self)
        return _operated(self, name, other) if isinstance(other, RemoteObject) else NotImplemented

    compare.__name__ = f"__{name}__"
    return compare


for _name in _OPERATORS:
    setattr(RemoteObject, f"__{_name}__", _operator(_name))
for _name in ("lt", "le", "gt", "ge"):
    setattr(RemoteObject, f"__{_name}__", _order(_name))
