"""Names: which functions and classes the tests of a problem expect of a program."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence

_WORD = re.compile(r"[^\W\d]\w*")
# By these names tests import from the program.
PROGRAMS = ("solution", "program", "submission", "main", "your_module", "my_module")
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def parse(source: str) -> ast.Module | None:
    """The tree of a source, or None where it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except _UNPARSABLE:
        return None


def expected_names(tests: Sequence[str], setup: str, *, entry_point: str = "", reference: str = "") -> tuple[str, ...]:
    """What a program has to define: the entry point, or else what the tests call and do not define themselves.

    With a reference only names that it defines count.

    >>> expected_names(["from solution import add", "assert add(1, 2) == 3"], "")
    ('add',)
    """
    if entry_point:
        return (entry_point,)
    trees = [tree for tree in map(parse, (setup, *tests)) if tree is not None]
    own = {name for tree in trees for name in _bound(ast.walk(tree))}
    called = set().union(*map(_called, trees)) | set().union(*map(_imported, trees))
    used = called | {node.id for one in trees for node in ast.walk(one) if isinstance(node, ast.Name)}
    if (tree := parse(reference) if reference else None) is None:
        ordinary = set(dir(builtins))
        # Tests may only hand a function on, and a problem may ask for a sum() of its own; both where nothing is called.
        return tuple(sorted(called - own - ordinary or used - own - ordinary or called - own))
    defined = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return tuple(sorted((used - own) & set(_bound(defined))))


def imports(reference: str, used: Collection[str]) -> ast.Module | None:
    """What a reference imports of these names, for tests that rely on it; None where it is nothing."""
    lines = [line for line in reference.splitlines() if "import" in line]
    if not words(*lines).intersection(used):
        return None
    tree, found = parse(reference), list[ast.stmt]()
    for node in tree.body if tree else ():
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            node.names = [one for one in node.names if (one.asname or one.name.partition(".")[0]) in used]
            found += [node] if node.names else []
    return ast.Module(body=found, type_ignores=[]) if found else None


def defined(source: str) -> frozenset[str]:
    """What a source defines at its top, other than by import."""
    tree = parse(source)
    nodes = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)] if tree else []
    return frozenset(_bound(nodes))


def classes_of(reference: str) -> frozenset[str]:
    """The classes that a program defines at its top."""
    tree = parse(reference)
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef)) if tree else frozenset()


def calls(source: str) -> frozenset[str]:
    """The plain names that a source calls when it runs, by itself or in functions of its own that it calls.

    >>> sorted(calls("def test():\\n    f()\\ndef main():\\n    test()\\nmain()"))
    ['f', 'main', 'test']
    """
    tree = parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)} if tree else {}
    waiting = [_called(node) for node in (tree.body if tree else ()) if not isinstance(node, _FUNCTIONS)]
    found: set[str] = set()
    while waiting:
        new = waiting.pop() - found
        found |= new
        waiting += [_called(functions[name]) for name in new if name in functions]
    return frozenset(found)


def _called(tree: ast.AST) -> set[str]:
    nodes = ast.walk(tree)
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _imported(tree: ast.AST) -> set[str]:
    """What tests import from the program."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in PROGRAMS]
    return {alias.name for node in nodes for alias in node.names if alias.name != "*" and not alias.asname}


def words(*sources: str) -> frozenset[str]:
    """All that could be a name in these sources, parsed or not."""
    return frozenset(word for source in sources for word in _WORD.findall(source))


def stub(names: Sequence[str], classes: Collection[str] | None = None) -> str:
    """A program that defines these names, and does nothing in any of them.

    Without ``classes`` a name with a capital is taken for one.

    >>> print(stub(["add"]))
    def add(*args, **kwargs):
        return None
    """
    known = {name for name in names if name[:1].isupper()} if classes is None else classes
    return "\n".join((_STUB_CLASS if name in known else _STUB).format(name) for name in names)


def helpers(prompt: str, entry_point: str) -> ast.Module | None:
    """What the beginning of a program defines besides the function that it leaves unfinished."""
    tree = parse(prompt) or parse(f"{prompt}\n    pass\n")
    if tree is None:
        return None
    kept = [node for node in tree.body if getattr(node, "name", None) != entry_point]
    return ast.Module(body=kept, type_ignores=[])


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_STUB = "def {}(*args, **kwargs):\n    return None"
_STUB_CLASS = (
    "class {}:\n    def __init__(self, *args, **kwargs):\n        pass\n"
    "    def __getattr__(self, name):\n        return lambda *args, **kwargs: None"
)


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Every name that these nodes bind, but for parameters' defaults."""
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.ImportFrom(module=module) if module in PROGRAMS:
                continue
            case ast.Import() | ast.ImportFrom():
                yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Assign() | ast.AnnAssign() | ast.If() | ast.Try():
                yield from (
                    inner.id for inner in ast.walk(node)
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
                )  # fmt: skip
            case ast.ExceptHandler(name=str(name)):
                yield name
