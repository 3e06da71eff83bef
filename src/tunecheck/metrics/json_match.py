"""JSON match: whether a reply is JSON, keeps to a schema, and has the values of the reference."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import referencing
import referencing.exceptions
import regex

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.json_values import Comparison, Fault, Json, canonical, compare, find, parse
from tunecheck.metrics.metric import Case, Values

# A pattern of a schema may search so long in one text of a reply.
_PATTERN_S = 1.0

_Errors = Iterator[jsonschema.ValidationError]


class Schema:
    """A JSON Schema that values are held against: draft 2020-12, or the one that it names.

    References are followed inside the document only: nothing is fetched. Raises InputError for a schema that is none.

    >>> Schema({"type": "object", "required": ["name"]}).fault({"nam": 1})
    "$: 'name' is a required property"
    """

    def __init__(self, document: Json, *, name: str = "the schema") -> None:
        if not isinstance(document, (dict, bool)):
            raise InputError(f"{name} is not an object", hint='a JSON Schema looks like {"type": "object", ...}')
        draft = jsonschema.validators.validator_for(document, default=jsonschema.Draft202012Validator)
        try:
            draft.check_schema(document)  # type: ignore[arg-type]  # true and false are schemas too
        except jsonschema.SchemaError as error:
            raise InputError(
                f"{name} is no JSON Schema, at {error.json_path}: {error.message[:200]}",
                hint="correct it there, or name the draft that it is written for as $schema",
            ) from error
        if outside := _reference_outside(document):
            raise InputError(
                f"{name} refers to {outside!r}, which is outside of it, and nothing is fetched",
                hint="copy that schema into $defs and refer to it with #/$defs/NAME",
            )
        bounded = {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional_properties,
            "uniqueItems": _unique_items,
        }
        kind = jsonschema.validators.extend(draft, bounded)  # type: ignore[no-untyped-call]
        # The default registry would fetch what a $ref names from the network.
        self._validator = kind(document, registry=referencing.Registry())
        self.sha256 = hashlib.sha256(canonical(document).encode()).hexdigest()

    @classmethod
    def read(cls, path: Path) -> Schema:
        """The schema in a file. Raises InputError where it cannot be read."""
        try:
            document = parse(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the schema {path} cannot be read: {error}", hint="name a JSON file in UTF-8, with the path from here"
            ) from error
        if isinstance(document, Fault):
            raise InputError(f"the schema {path} is not JSON: {document.reason}", hint="correct it there")
        return cls(document, name=f"the schema {path}")

    def fault(self, value: Json) -> str | Unscored:
        """Where the value breaks the schema first, "" where it keeps to it; Unscored where that cannot be told."""
        try:
            error = next(self._validator.iter_errors(value), None)
        except referencing.exceptions.Unresolvable as missing:
            return Unscored(reason=f"the schema refers to {missing.ref!r}, which it does not have")
        except RecursionError:
            return Unscored(reason="the schema refers to itself without end")
        except TimeoutError:
            return Unscored(reason=f"a pattern of the schema took over {_PATTERN_S:g} s")
        except (ArithmeticError, TypeError, ValueError) as odd:
            # Numbers beyond float, which multipleOf and the bounds cannot always hold against one another.
            return Unscored(reason=f"the schema cannot be applied: {type(odd).__name__}: {odd}"[:200])
        return "" if error is None else f"{error.json_path}: {error.message[:200]}"


class JsonMatch:
    """Of one reply: is it JSON, is there JSON in it, does that keep to the schema and have the reference's values.

    fields            the share of the reference's leaves that the reply has at the same place with the same value
    exact_json        1 where both are equal as values: order of keys aside, 1 equal to 1.0
    schema            1 where it keeps to the schema; Unscored where no schema was given
    valid_json        1 where the whole reply is JSON
    valid_after_fence 1 where JSON is found in it: in a fence, or amid talk

    ``fields`` decides; where no reference is JSON, ``schema`` if one was given, or else ``valid_json``. All but
    ``valid_json`` are of the value that is found, and 0 where none is; ``fields`` and ``exact_json`` are the best over
    the references.

    >>> JsonMatch().score(Case(prediction='{"a": 1, "b": 3}', references=('{"b": 2, "a": 1.0}',)))["fields"]
    0.5
    """

    lower_is_better: frozenset[str] = frozenset()

    def __init__(self, *, schema: Schema | None = None, has_references: bool = True) -> None:
        self._schema = schema
        compared = ("fields", "exact_json") if has_references else ()
        checked = ("schema",) if schema is not None else ()
        valid = ("valid_json", "valid_after_fence")
        self.measures = (*compared, *checked, *valid) if schema is not None else (*compared, *valid, "schema")
        self.signature = f"json|schema:{schema.sha256[:12] if schema else 'none'}|references:best"

    @classmethod
    def for_references(cls, texts: Sequence[str], *, schema: Schema | None = None) -> JsonMatch:
        """Compares values where any reference is JSON; where none is, there is only the reply to judge."""
        return cls(schema=schema, has_references=any(not isinstance(find(text), Fault) for text in texts))

    def score(self, case: Case) -> Values:
        """The measures of one reply."""
        value = find(case.prediction)
        values: dict[str, float | Unscored] = {
            "valid_json": float(not isinstance(parse(case.prediction), Fault)),
            "valid_after_fence": float(not isinstance(value, Fault)),
            "schema": self._keeps_to_schema(value),
            **_compared(case.references, value),
        }
        return {name: values[name] for name in self.measures}

    def differences(self, case: Case) -> tuple[str, ...]:
        """The places where the reply differs from its closest reference, such as "$.user.name"; at most twenty."""
        value = find(case.prediction)
        compared = [] if isinstance(value, Fault) else _comparisons(case.references, value)
        return max(compared, key=_share).different if compared else ()

    def schema_fault(self, case: Case) -> str:
        """Where the reply breaks the schema first, in words; "" where it does not or there is nothing to judge."""
        value = find(case.prediction)
        fault = self._schema.fault(value) if self._schema is not None and not isinstance(value, Fault) else ""
        return fault if isinstance(fault, str) else ""

    def _keeps_to_schema(self, value: Json | Fault) -> float | Unscored:
        if self._schema is None:
            return Unscored(reason="no schema was given")
        if isinstance(value, Fault):
            return 0.0
        fault = self._schema.fault(value)
        return fault if isinstance(fault, Unscored) else float(not fault)


def _compared(references: Sequence[str], value: Json | Fault) -> Mapping[str, float | Unscored]:
    if isinstance(value, Fault):
        is_json = any(not isinstance(find(reference), Fault) for reference in references)
        share: float | Unscored = 0.0 if is_json else Unscored(reason="the reference is not JSON")
        return {"fields": share, "exact_json": share}
    compared = _comparisons(references, value)
    if not compared:
        reason = Unscored(reason="the reference is not JSON")
        return {"fields": reason, "exact_json": reason}
    return {
        "fields": max(map(_share, compared)),
        "exact_json": float(any(not one.different for one in compared)),
    }


def _comparisons(references: Sequence[str], value: Json) -> list[Comparison]:
    wanted = (find(reference) for reference in references)
    return [compare(reference, value) for reference in wanted if not isinstance(reference, Fault)]


def _share(compared: Comparison) -> float:
    return compared.n_right / compared.n_leaves


def _reference_outside(schema: Json) -> str:
    """The first $ref of a schema that is not to itself or to an $id in it; "" where there is none."""
    ids: set[str] = set()
    wanted: list[str] = []
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            if isinstance(name := node.get("$id"), str):
                ids.add(name.split("#")[0])
            if isinstance(name := node.get("$ref"), str):
                wanted.append(name.split("#")[0])
    known = tuple(ids)
    return next((name for name in wanted if name and not any(one.endswith(name) for one in known)), "")


def _pattern_properties(
    validator: jsonschema.protocols.Validator, patterns: Mapping[str, Any], instance: object, _schema: object
) -> _Errors:
    """The keyword ``patternProperties``, with the same limit: the names are a model's too."""
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for name, value in instance.items():
            if regex.search(pattern, name, timeout=_PATTERN_S):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)  # type: ignore[attr-defined]


def _additional_properties(
    validator: jsonschema.protocols.Validator, allowed: object, instance: object, schema: Mapping[str, Any]
) -> _Errors:
    """The keyword ``additionalProperties``, which looks at the same patterns."""
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    more = [
        name
        for name in instance
        if name not in known and not any(regex.search(pattern, name, timeout=_PATTERN_S) for pattern in patterns)
    ]
    if isinstance(allowed, dict):
        for name in more:
            yield from validator.descend(instance[name], allowed, path=name)  # type: ignore[attr-defined]
    elif allowed is False and more:
        yield jsonschema.ValidationError(f"{more[0][:100]!r} is not among the properties")


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> _Errors:
    """The keyword ``pattern``, with a time limit: the texts are a model's."""
    if isinstance(instance, str) and not regex.search(pattern, instance, timeout=_PATTERN_S):
        yield jsonschema.ValidationError(f"{instance[:100]!r} does not match {pattern!r}")


def _unique_items(_validator: object, wanted: bool, instance: Any, _schema: object) -> _Errors:
    """The keyword ``uniqueItems`` in linear time."""
    if wanted and isinstance(instance, list) and len(set(map(canonical, instance))) < len(instance):
        yield jsonschema.ValidationError(f"a list of {len(instance):,} has equal items")
