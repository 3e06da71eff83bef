"""Statements: what each statement at the top level of a program defines and needs, without its syntax tree."""

from __future__ import annotations

import ast
import builtins
from typing import NamedTuple

_BUILTINS = frozenset(dir(builtins))
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Of these words are made that happen to be Python: "Done", "Yes, sure", "This is it", "[DONE]".
_WORDS = (ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Set, ast.BoolOp, ast.Compare, ast.UnaryOp)
_WORDY_OPERATORS = (ast.And, ast.Or, ast.Not, ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.expr_context)


class Statement(NamedTuple):
    """A statement at the top level. Lines count from 1.

    code_end       line and column, in bytes, where the last of it ends that is no string or word of its own
    defines        names of the module that it binds, also within if, try, for, while, with and match
    imports        which of them are imported
    needs          names that it reads and does not bind anywhere, without builtins
    is_definition  a function or a class
    is_future      an import from __future__
    is_words       an expression of names and constants, which does nothing
    body_line      where the body of the function, or of the last function of the class, begins; else where it begins
    has_end        of functions, and of classes by their last function: every way ends with return or raise
    """

    first_line: int
    last_line: int
    code_end: tuple[int, int]
    defines: frozenset[str]
    imports: frozenset[str]
    needs: frozenset[str]
    is_definition: bool
    is_future: bool
    is_words: bool
    body_line: int
    has_end: bool


def describe(node: ast.stmt) -> Statement:
    """One statement of a syntax tree."""
    decorators = node.decorator_list if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) else []
    defines, imports = _defined(node)
    return Statement(
        first_line=min([node.lineno, *(decorator.lineno for decorator in decorators)]),
        last_line=node.end_lineno or node.lineno,
        code_end=_code_end(node),
        defines=defines,
        imports=imports,
        needs=_needed(node),
        is_definition=isinstance(node, (*_FUNCTIONS, ast.ClassDef)),
        is_future=isinstance(node, ast.ImportFrom) and node.module == "__future__",
        is_words=_is_words(node),
        body_line=_body_line(node),
        has_end=_has_end(node),
    )


def _defined(statement: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    made: set[str] = set()
    imported: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.alias):
            imported.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif not isinstance(node, _SCOPES) and not (isinstance(node, ast.AnnAssign) and node.value is None):
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(made | imported), frozenset(imported - made)


def _needed(statement: ast.stmt) -> frozenset[str]:
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (bound if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(name := getattr(node, "name", None), str):
            bound.add(name)
    return frozenset(read - bound - _BUILTINS)


def _code_end(node: ast.stmt) -> tuple[int, int]:
    while isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        last = next((part for part in reversed(node.body) if not _is_words(part)), None)
        if last is None:
            return node.lineno, 0
        node = last
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _body_line(node: ast.stmt) -> int:
    while isinstance(node, ast.ClassDef):
        node = node.body[-1]
    return node.body[0].lineno if isinstance(node, _FUNCTIONS) else node.lineno


def _is_words(node: ast.stmt) -> bool:
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Expr) and all(
        isinstance(part, (*_WORDS, *_WORDY_OPERATORS)) for part in ast.walk(node.value)
    )


def _has_end(node: ast.stmt) -> bool:
    while isinstance(node, ast.ClassDef):
        node = node.body[-1]
    waiting = [node.body] if isinstance(node, _FUNCTIONS) else [[]]
    while waiting:
        last = next(reversed(waiting.pop()), None)
        if isinstance(last, ast.If):
            waiting += [last.body, last.orelse]
        elif isinstance(last, (ast.With, ast.AsyncWith)):
            waiting.append(last.body)
        elif not isinstance(last, (ast.Return, ast.Raise)):
            return False
    return True
