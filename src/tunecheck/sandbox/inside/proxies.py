"""Proxies: what stands for the functions and objects of a program while its tests run, in another process than it.

Whatever the program answers becomes an exact built-in value or a proxy; none of its code runs here. What compares a
proxy with a plain value is decided here, on data alone, so that an object that equals everything equals nothing.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

from .exceptions import Message, Told

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

    def call(self, target: Message, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call it."""

    def get(self, target: Message, name: str) -> Any:
        """An attribute."""

    def set(self, target: Message, name: str, value: Any) -> None:
        """Set an attribute."""

    def delete(self, target: Message, name: str) -> None:
        """Delete an attribute."""

    def operate(self, target: Message, name: str, args: tuple[Any, ...]) -> Any:
        """What an operator or a built-in function gives for it."""

    def is_below(self, what: str, value: Any, target: Message) -> bool:
        """isinstance or issubclass, with a class of the program."""

    def plain(self, target: Message) -> Any:
        """What an object of a subclass of a built-in type holds."""

    def construct(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseException | None:
        """A new exception of this class; None where the tests hold none of the program's objects."""

    def refuse(self, detail: str) -> NoReturn:
        """End the tests, for they want something that cannot be."""

    def give(self, label: str) -> None:
        """Something of this name gave the tests an object. Raises where only a plain value was to be expected."""


class RemoteFunction:  # noqa: D101 (the program's own docstring is asked for)
    __doc__ = property(lambda one: _get(one, "__doc__"))

    __slots__ = ("__name__", "_program", "_target")

    def __init__(self, program: Asked, target: Message, name: str) -> None:
        for attribute, value in (("_program", program), ("_target", target), ("__name__", name)):
            object.__setattr__(self, attribute, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return _program_of(self).call(_target_of(self), self.__name__, args, kwargs)

    def __instancecheck__(self, value: Any) -> bool:
        return target_of(value) is not None and _program_of(self).is_below("isinstance", value, _target_of(self))

    def __subclasscheck__(self, kind: Any) -> bool:
        return target_of(kind) is not None and _program_of(self).is_below("issubclass", kind, _target_of(self))

    def __getattr__(self, name: str) -> Any:
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _program_of(self).set(_target_of(self), name, value)

    def __getitem__(self, key: Any) -> Any:
        return _program_of(self).operate(_target_of(self), "getitem", (key,))

    def __iter__(self) -> Iterator[Any]:
        return iter(_program_of(self).operate(_target_of(self), "iter", ()))

    def __contains__(self, value: Any) -> bool:
        return _program_of(self).operate(_target_of(self), "contains", (value,)) is True

    def __len__(self) -> int:
        return int(_program_of(self).operate(_target_of(self), "len", ()))

    def __bool__(self) -> bool:
        return True

    def __mro_entries__(self, _: Any) -> NoReturn:
        _program_of(self).refuse(f"the tests derive a class from the program's {self.__name__}")


class RemoteObject:  # noqa: PLW1641 (the operators are added below)
    """An object of the program.

    One that an attribute gave may only be called, until the tests do more with it and it is found to be allowed.
    """

    __slots__ = ("_data", "_is_proven", "_label", "_program", "_target")

    def __init__(self, program: Asked, target: Message, label: str, data: str, *, is_proven: bool) -> None:
        given = {"_program": program, "_target": target, "_label": label, "_data": data, "_is_proven": is_proven}
        for name, value in given.items():
            object.__setattr__(self, name, value)

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
        """Call it."""
        return _program_of(self).call(_target_of(self), label_of(self), args, kwargs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RemoteObject):
            return self is other or _operated(self, "eq", other) is True
        if not object.__getattribute__(self, "_data"):
            return False
        prove(self)
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

    _program: Asked | None = None
    _class = ""
    _target: Message | None = None

    @classmethod
    def comes_from(cls, program: Asked, name: str) -> None:
        """The class has this name in the program, which makes its exceptions."""
        cls._program, cls._class = program, name

    def belongs_to(self, program: Asked, target: Message) -> None:
        """This one stands for an exception of the program."""
        vars(self).update(_program=program, _target=target)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        made = None
        if self._program is not None and self._class:
            made = self._program.construct(self._class, args, kwargs)
        super().__init__(*(args if made is None else made.args))
        if made is not None:
            vars(self).update(vars(made))

    def __getattr__(self, name: str) -> Any:
        if self._target is None:
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
        return value._target
    if isinstance(value, type) and issubclass(value, RemoteError) and value._class:
        return {"name": value._class}
    return vars(value).get("_target") if isinstance(value, types.FunctionType) else None


def label_of(one: RemoteObject) -> str:
    """The name of what gave it."""
    label: str = object.__getattribute__(one, "_label")
    return label


def is_proven(one: RemoteObject) -> bool:
    """Whether the tests may do more with it than to call it."""
    return object.__getattribute__(one, "_is_proven") is True


def prove(one: RemoteObject, *, as_given: bool = False) -> None:
    """The tests do more with an object than to call it. Raises where it is not allowed."""
    if not is_proven(one):
        if not as_given:
            _program_of(one).give(label_of(one))
        object.__setattr__(one, "_is_proven", True)


def _get(one: Any, name: str) -> Any:
    if name.startswith("__") and name.endswith("__") and name not in _ASKED:
        raise AttributeError(name)
    return _program_of(one).get(_target_of(one), name)


def _program_of(one: Any) -> Asked:
    program: Asked = object.__getattribute__(one, "_program")
    return program


def _target_of(one: Any) -> Message:
    target: Message = object.__getattribute__(one, "_target")
    return target


def _operated(one: RemoteObject, name: str, *args: Any) -> Any:
    prove(one)
    return _program_of(one).operate(_target_of(one), name, args)


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else "an object of the program"


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: RemoteObject, *args: Any) -> Any:
        return _operated(self, name, *args)

    operate.__name__ = f"__{name}__"
    return operate


def _order(name: str) -> Callable[..., Any]:
    def compare(self: RemoteObject, other: object) -> Any:
        return _operated(self, name, other) if isinstance(other, RemoteObject) else NotImplemented

    compare.__name__ = f"__{name}__"
    return compare


for _name in _OPERATORS:
    setattr(RemoteObject, f"__{_name}__", _operator(_name))
for _name in ("lt", "le", "gt", "ge"):
    setattr(RemoteObject, f"__{_name}__", _order(_name))
