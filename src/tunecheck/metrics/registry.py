"""Registry: metrics by the names that people type, with their options as text or as values."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecheck import _optional
from tunecheck.core.task_names import METRICS, TASKS
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Metric

_Options = dict[str, Any]
_Build = Callable[[Sequence[str], _Options], Metric]
_Reader = Callable[[object], object]


def metric(name: str, references: Sequence[str], **options: object) -> Metric:
    """The metric of this name for data with these references, from which tokenizers and the like are chosen.

    Options may be values or the text of the command line ("true", "0.01"). The library that a metric needs is imported
    only here. Raises InputError for an unknown name or option and for a value that does not fit, MissingExtra where the
    extra is not installed.

    >>> metric("exact_match", ["Paris"], ignore_case="yes").signature
    'exact_match|case:ignored|punctuation:kept'
    """
    kind = _OWN if ":" in name else _METRICS.get(name)
    if kind is None:
        names = (*TASKS[:-1], *METRICS)
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            f"there is no task or metric {name!r}",
            hint=f"{meant}choose one of: {', '.join(names)}, or module:function of your own",
        )
    read: _Options = {}
    for option, value in options.items():
        if option not in kind.options:
            known = ", ".join(kind.options)
            raise InputError(
                f"the metric {name} has no option {option!r}", hint=f"it has: {known}" if known else "it has none"
            )
        try:
            read[option] = kind.options[option](value)
        except ValueError as error:
            raise InputError(f"the metric {name} cannot have {option}={value}", hint=f"{option} is {error}") from error
    if ":" in name:
        read["where"] = name
    return kind.build(references, read)


@dataclass(frozen=True, slots=True)
class _Kind:
    build: _Build
    options: Mapping[str, _Reader]


def _yes(value: object) -> bool:
    word = str(value).lower()
    if word not in ("true", "yes", "1", "false", "no", "0"):
        raise ValueError("yes or no")
    return word in ("true", "yes", "1")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise ValueError("a number") from None


def _seconds(value: object) -> float:
    number = _number(value)
    if not 0 < number <= 3600:
        raise ValueError("a number of seconds, over 0 and at most 3600")
    return number


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("a whole number") from None


def _group(value: object) -> int | str:
    text = str(value)
    return int(text) if text.isdecimal() else text


def _names(value: object) -> tuple[str, ...]:
    parts = str(value).split("|") if isinstance(value, str) or not isinstance(value, Sequence) else map(str, value)
    return tuple(part.strip() for part in parts if part.strip())


def _exact_match(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.exact_match import ExactMatch

    return ExactMatch(**options)


def _contains(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.exact_match import Contains

    return Contains(**options)


def _f1(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.squad import Squad

    return Squad(**options)


def _bleu(references: Sequence[str], options: _Options) -> Metric:
    # Importing sacrebleu takes a third of a second, which only those who want it should wait.
    from tunecheck.metrics.translation import Bleu, bleu_tokenizer

    if options.get("tokenizer", "auto") == "auto":
        options["tokenizer"] = bleu_tokenizer(references)
    return Bleu(**options)


def _chrf(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.translation import Chrf

    return Chrf(**options)


def _ter(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.translation import Ter

    return Ter(**options)


def _rouge(references: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.rouge import Rouge

    return Rouge.for_references(references, **options)


def _json(references: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.json_match import JsonMatch, Schema

    schema = Schema.read(Path(options["schema"])) if "schema" in options else None
    return JsonMatch.for_references(references, schema=schema)


def _function_call(_: Sequence[str], __: _Options) -> Metric:
    from tunecheck.metrics.function_call import FunctionCall

    return FunctionCall()


def _regex(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.pattern import Pattern

    if "pattern" not in options:
        raise InputError("the metric regex needs a pattern", hint=r"give one: pattern=\d+")
    return Pattern(options.pop("pattern"), **options)


def _number_metric(_: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.number import Number

    return Number(**options)


def _math(_: Sequence[str], options: _Options) -> Metric:
    found: Metric = _optional.load("tunecheck.metrics.maths").Maths(**options)
    return found


def _own(references: Sequence[str], options: _Options) -> Metric:
    from tunecheck.metrics.own_metric import load_own

    # A reference that answers itself shows which measures the function returns.
    example = Case(prediction=references[0], references=(references[0],)) if references else None
    return load_own(options.pop("where"), example=example, **options)


_CASE: Mapping[str, _Reader] = {"ignore_case": _yes}
_PLAIN: Mapping[str, _Reader] = {**_CASE, "ignore_punctuation": _yes}
_OWN = _Kind(_own, {"measures": _names, "lower_is_better": _names})
_METRICS = {
    "exact_match": _Kind(_exact_match, _PLAIN),
    "contains": _Kind(_contains, _PLAIN),
    "f1": _Kind(_f1, {"normalise": str}),
    "bleu": _Kind(_bleu, {**_CASE, "tokenizer": str}),
    "chrf": _Kind(_chrf, {**_CASE, "word_order": _whole}),
    "ter": _Kind(_ter, _CASE),
    "rouge": _Kind(_rouge, {"tokenizer": str, "stem": _yes}),
    "json": _Kind(_json, {"schema": str}),
    "function_call": _Kind(_function_call, {}),
    "regex": _Kind(_regex, {"pattern": str, "mode": str, "group": _group, "timeout_s": _seconds}),
    "number": _Kind(_number_metric, {"tolerance": _number}),
    "math": _Kind(_math, {"timeout_s": _seconds}),
}
NAMES = tuple(_METRICS)


def options_of(name: str) -> tuple[str, ...]:
    """The options that a metric has; none for a name that no metric has.

    >>> options_of("rouge")
    ('tokenizer', 'stem')
    """
    kind = _OWN if ":" in name else _METRICS.get(name)
    return tuple(kind.options) if kind is not None else ()
