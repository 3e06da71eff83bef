"""Own metric: a function of the user's as a metric, found as "module:function" or "FILE.py:function"."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from types import ModuleType

import numpy as np

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Values

_PARAMETERS = ("prediction", "reference", "references", "prompt")
_EXAMPLE = "def score(prediction, reference): return float(prediction == reference)"

_Result = Mapping[str, float | Unscored]


class OwnMetric:
    """A function of ``prediction`` and, as it likes, ``reference`` or ``references`` and ``prompt``, called by name.

    It returns a number, True or False, or a dict of numbers by ``measures``. A function of one ``reference`` is called
    for each, and the best value counts. What it raises, and what is no finite number, is Unscored with the reason.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *,
        measures: Sequence[str],
        lower_is_better: Sequence[str] = (),
        signature: str = "own",
    ) -> None:
        if not measures:
            raise InputError("an own metric needs the name of a measure", hint='return a number, or {"name": number}')
        self._function, self._wants = function, _parameters(function)
        self.measures = tuple(measures)
        self.lower_is_better = frozenset(lower_is_better)
        if unknown := sorted(self.lower_is_better - set(measures)):
            raise InputError(
                f"less is said to be better of {unknown[0]!r}, which is not measured",
                hint=f"the measures are: {', '.join(measures)}",
            )
        self.signature = signature

    def score(self, case: Case) -> Values:
        """The measures of one item."""
        results = [self._run(given) for given in _arguments(case, self._wants)]
        return {name: self._best(name, [_named(result, name) for result in results]) for name in self.measures}

    def _run(self, given: Mapping[str, object]) -> _Result | Unscored:
        return run(self._function, given, name=self.measures[0])

    def _best(self, name: str, values: Sequence[float | Unscored]) -> float | Unscored:
        numbers = [value for value in values if not isinstance(value, Unscored)]
        if not numbers:
            return values[0]
        return min(numbers) if name in self.lower_is_better else max(numbers)


def load_own(
    where: str,
    *,
    measures: Sequence[str] = (),
    lower_is_better: Sequence[str] = (),
    example: Case | None = None,
) -> OwnMetric:
    """The user's function as a metric; importing it runs the user's module, found from the current folder.

    Which measures it has is told by ``measures``, or else by what it returns for ``example``; without both it has one,
    of its own name. Raises InputError where there is no such module or function, or its parameters have other names.
    """
    place, _, name = where.rpartition(":")
    if not place or not name:
        raise InputError(f"{where!r} names no function", hint="write module:function or FILE.py:function")
    module = _module(place)
    function = getattr(module, name, None)
    if not callable(function):
        there = [key for key, value in vars(module).items() if inspect.isfunction(value) and not key.startswith("_")]
        raise InputError(
            f"{place} has no function {name!r}", hint=f"it has: {', '.join(there)}" if there else f"write: {_EXAMPLE}"
        )
    wants = _parameters(function)
    if not measures and example is not None:
        tried = run(function, next(_arguments(example, wants)), name=name)
        measures = () if isinstance(tried, Unscored) else tuple(tried)
    source = Path(module.__file__).read_bytes() if module.__file__ else b""
    return OwnMetric(
        function,
        measures=measures or (name,),
        lower_is_better=lower_is_better,
        signature=f"own|{place}:{name}|sha256:{hashlib.sha256(source).hexdigest()[:12]}",
    )


def run(function: Callable[..., object], given: Mapping[str, object], *, name: str) -> _Result | Unscored:
    """The numbers that the function returns, by measure: ``name`` where it is one. Unscored where it fails."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # What it prints is no part of our output.
            result = function(**given)
        if isinstance(result, Mapping):
            return {str(key): _number(value) for key, value in result.items()}
        return {name: _number(result)}
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # One item's run of code that is the user's; one that ends the process would end the others' rows too.
        return Unscored(reason=f"the metric raised {_told(error)}")


def _told(error: BaseException) -> str:
    """An error of the user's code; its own text may fail too."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001
        text = "an error that cannot be printed"
    return f"{type(error).__name__}: {text}"[:500]


def _number(value: object) -> float | Unscored:
    if not isinstance(value, (Real, np.bool_)):
        return Unscored(reason=f"the metric returned a {type(value).__name__} and no number")
    number = float(value)
    return number if math.isfinite(number) else Unscored(reason=f"the metric returned {number}")


def _named(result: _Result | Unscored, name: str) -> float | Unscored:
    if isinstance(result, Unscored):
        return result
    there = ", ".join(result) or "nothing"
    return result.get(name, Unscored(reason=f"the metric returned no {name!r} but {there}"))


def _arguments(case: Case, wants: frozenset[str]) -> Iterator[Mapping[str, object]]:
    for reference in case.references if "reference" in wants else case.references[:1]:
        given = {
            "prediction": case.prediction,
            "reference": reference,
            "references": list(case.references),
            "prompt": case.prompt,
        }
        yield {name: value for name, value in given.items() if name in wants}


def _parameters(function: Callable[..., object]) -> frozenset[str]:
    """Which of the four things that it can be given a function wants."""
    try:
        declared = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise InputError(f"the parameters of {function!r} cannot be read", hint=f"wrap it: {_EXAMPLE}") from error
    named = [one for one in declared if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    odd = [one for one in declared if one.kind is one.POSITIONAL_ONLY]
    odd += [one for one in named if one.name not in _PARAMETERS and one.default is one.empty]
    wants = frozenset(one.name for one in named) & frozenset(_PARAMETERS)
    if odd or "prediction" not in wants:
        what = f"a parameter {odd[0].name!r}" if odd else "no parameter 'prediction'"
        raise InputError(
            f"the metric {getattr(function, '__name__', function)} has {what}",
            hint=f"parameters are given by name: prediction, and any of {', '.join(_PARAMETERS[1:])}",
        )
    return wants


def _module(place: str) -> ModuleType:
    path = Path(place)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise InputError(f"there is no file {place}", hint="write FILE.py:function, with the path from here")
    try:
        with (
            _importable(path.resolve().parent if is_file else Path.cwd()),
            contextlib.redirect_stdout(sys.stderr),
        ):
            return _run_file(path) if is_file else importlib.import_module(place)
    except (Exception, SystemExit) as error:
        # What a user's module raises while it is imported has no list, and none of it may end in a traceback.
        raise InputError(
            f"{place} cannot be imported: {_told(error)}",
            hint="write module:function or FILE.py:function; modules are looked for in the current folder",
        ) from error


def _run_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Modules of the folder can be imported meanwhile; the path is as it was afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
