"""Function call: whether a reply calls the right functions with the right arguments, in any of the usual spellings."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tunecheck.core import Unscored
from tunecheck.metrics.json_values import Fault, Json, canonical, embedded, fenced, parse
from tunecheck.metrics.metric import Case, Values

# A reply with more calls than this is taken as none: it is a loop and no answer.
MOST_CALLS = 1000
# Python's parser needs some hundred bytes for each character and time beyond linear for hostile nesting.
_LONGEST_PYTHON = 20_000

_HERMES = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_LLAMA = re.compile(r"<function=([^<>\s]{1,200})>(.*?)(?:</function>|\Z)", re.DOTALL)
_MISTRAL_MARK, _LLAMA_MARK = "[TOOL_CALLS]", "<|python_tag|>"
_MISTRAL_NAMED = re.compile(r"\s*([\w.-]{1,200})\s*\[ARGS\]")
_JSON_NAMES = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the function and its arguments, each as canonical JSON text by its name; by "#0" where it has none.

    is_readable  whether the arguments could be read; where not, there are none
    """

    name: str
    arguments: tuple[tuple[str, str], ...]
    is_readable: bool = True


def calls(text: str) -> tuple[Call, ...] | None:
    """The calls that a reply makes, in order; None where it holds no call. An empty list is read as no call at all.

    Read are OpenAI's ``tool_calls``, objects with ``name`` and ``arguments`` (or ``parameters``, ``input``) alone, in a
    list, in a fence or amid talk, ``<tool_call>`` of Hermes, ``<function=name>`` of Llama, ``[TOOL_CALLS]`` of Mistral,
    and Python calls with literal arguments. Nothing is ever evaluated.

    >>> calls('{"name": "add", "arguments": {"b": 2, "a": 1.0}}') == calls("add(a=1, b=2)")
    True
    """
    found = next((tuple(some) for some in _readings(text) if some is not None), None)
    return found if found is None or len(found) <= MOST_CALLS else None


class FunctionCall:
    """Of one reply: are the calls those of the reference, as functions and as arguments; order does not count.

    function_call  1 where functions and arguments are the same, each call as often
    function_name  1 where the functions are the same
    arguments      the share of arguments that are right, of those that the reference or the reply has; the call of a
                   function is held against the most similar call of the same function
    Numbers are equal by value and keys may stand in any order, but "1" is no 1. Each is that of the closest reference;
    Unscored where no reference holds a call.

    >>> case = Case(prediction="f(a=1, b=3)", references=('{"name": "f", "arguments": {"a": 1, "b": 2}}',))
    >>> FunctionCall().score(case)
    {'function_call': 0.0, 'function_name': 1.0, 'arguments': 0.5}
    """

    measures: ClassVar[tuple[str, ...]] = ("function_call", "function_name", "arguments")
    lower_is_better: ClassVar[frozenset[str]] = frozenset()
    signature = "function_call|calls:multiset|arguments:canonical JSON|references:closest"

    def score(self, case: Case) -> Values:
        """The measures of one reply."""
        wanted = [some for reference in case.references if (some := calls(reference)) is not None]
        if not wanted:
            return dict.fromkeys(self.measures, Unscored(reason="the reference holds no function call"))
        # Where a reference is the empty list, a reply that calls nothing is right.
        got = calls(case.prediction) or ()
        return dict(zip(self.measures, max(_agreement(some, got) for some in wanted), strict=True))


def _agreement(wanted: Sequence[Call], got: Sequence[Call]) -> tuple[float, float, float]:
    same_names = Counter(one.name for one in wanted) == Counter(one.name for one in got)
    n_right = n_all = 0
    left = list(got)
    for one in sorted(wanted, key=lambda call: call not in got):
        mates = [at for at, other in enumerate(left) if other.name == one.name]
        mate = left.pop(max(mates, key=lambda at: _likeness(one, left[at]))) if mates else None
        mine, theirs = set(one.arguments), set(mate.arguments if mate else ())
        n_right += len(mine & theirs)
        n_all += len({name for name, _ in mine | theirs})
    n_all += sum(len(one.arguments) for one in left)
    equal = Counter(wanted) == Counter(got)
    share = n_right / n_all if n_all else float(same_names)
    return float(equal), float(same_names), share


def _likeness(one: Call, other: Call) -> tuple[int, int]:
    return len(set(one.arguments) & set(other.arguments)), -len(other.arguments)


def _readings(text: str) -> Iterator[list[Call] | None]:
    """The ways to read a text as calls, the surest first; None for one that does not fit."""
    if hermes := _HERMES.findall(text):
        yield [one for block in hermes[: MOST_CALLS + 1] for one in _of_text(block) or []] or None
    if llama := _LLAMA.findall(text):
        yield [_call(name, parse(block)) for name, block in llama[: MOST_CALLS + 1]]
    _, mark, after = text.partition(_MISTRAL_MARK)
    if mark:
        named = _MISTRAL_NAMED.match(after)
        yield [_call(named[1], parse(after[named.end() :]))] if named else _of_text(after)
    _, mark, after = text.partition(_LLAMA_MARK)
    yield _of_text(after if mark else text)
    for block in fenced(text)[:10]:
        yield _of_text(block)
    yield [one for value, _, _ in embedded(text) for one in _of_value(value) or []] or None


def _of_text(text: str) -> list[Call] | None:
    value = parse(text.strip())
    return _of_python(text.strip()) if isinstance(value, Fault) else _of_value(value)


def _of_value(value: Json) -> list[Call] | None:
    """The calls of a JSON value in one of the usual shapes."""
    match value:
        case {"tool_calls": list() as inner} | {"message": {"tool_calls": list() as inner}}:
            return _of_value(inner)
        case {"function": {"name": str()} as inner} | {"function_call": {"name": str()} as inner}:
            return _of_value(inner)
        case dict() if isinstance(name := value.get("name"), str):
            return [_call(name, _arguments(value))]
        case list():
            each = [_of_value(one) if isinstance(one, dict) else None for one in value]
            return None if None in each else [call for some in each for call in some or []]
        case _:
            return None


def _arguments(function: Mapping[str, Json]) -> Json | Fault:
    given = next((function[key] for key in ("arguments", "parameters", "input", "args") if key in function), {})
    return parse(given) if isinstance(given, str) and given.strip() else given or {}


def _call(name: str, arguments: Json | Fault) -> Call:
    if not isinstance(arguments, dict):
        return Call(name=name, arguments=(), is_readable=False)
    return Call(name=name, arguments=tuple(sorted((key, canonical(value)) for key, value in arguments.items())))


def _of_python(text: str) -> list[Call] | None:
    """The calls of Python source that is nothing but calls, one after the other or in a list."""
    if not text or len(text) > _LONGEST_PYTHON or "(" not in text:
        return None
    try:
        with warnings.catch_warnings():
            # The parser warns about odd escapes and literals, which are a model's here.
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
        return [_python_call(node) for statement in body for node in _call_nodes(statement)] or None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _call_nodes(statement: ast.stmt) -> list[ast.Call]:
    value = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
    nodes = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    found = [node for node in nodes if isinstance(node, ast.Call)]
    if len(found) < len(nodes):
        raise ValueError("source that is no call")
    return found


def _python_call(node: ast.Call) -> Call:
    if any(keyword.arg is None for keyword in node.keywords):
        raise ValueError("**arguments are no literals")
    arguments = {f"#{place}": _literal(one) for place, one in enumerate(node.args)}
    arguments |= {str(keyword.arg): _literal(keyword.value) for keyword in node.keywords}
    return _call(_dotted(node.func), arguments)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{_dotted(node.value)}.{node.attr}"
        case _:
            raise ValueError("what is called has no name")


def _literal(node: ast.expr) -> Json:
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.Name(id=name) if name in _JSON_NAMES:
            return _JSON_NAMES[name]
        case ast.List() | ast.Tuple():
            return [_literal(one) for one in node.elts]
        case ast.Dict():
            return {_key(key): _literal(value) for key, value in zip(node.keys, node.values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case _:
            raise ValueError("an argument is no literal")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("a key is no text")
