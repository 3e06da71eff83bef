"""Names: every finding, measure and function that the code has is explained, and nothing else is."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import tunecheck as tc
from tests.docs.pages import ROOT, blocks_of, table_names
from tunecheck.core import Measure
from tunecheck.core.document import document

_CODE = re.compile(r"(overfit|preflight|perplexity|data|leaks|curve|review|ab|tasks)\.[a-z_]+")
_FOLDERS = ("checks", "runner")


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Codes of findings in a module; one that is put together from the name of a part stands for both parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if _CODE.fullmatch(start):
                yield from (f"{start}{part}" for part in ("train", "validation"))
        elif isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            first = str(node.args[0].value)
            yield from (first,) if _CODE.fullmatch(first) else ()


def test_the_findings_page_lists_exactly_the_codes_that_the_checks_can_give() -> None:
    files = [file for folder in _FOLDERS for file in (ROOT / "src" / "tunecheck" / folder).glob("*.py")]
    given = {code for file in files for code in codes_in(ast.parse(file.read_text(encoding="utf-8")))} - {""}
    listed = [code for codes in table_names(ROOT / "docs" / "findings.md").values() for code in codes]
    assert sorted(listed) == sorted(given)


# What stands below these names are steps, kinds of text and numbers of tokens, not measures.
KEYED_BY_DATA = {"series", "verbatim_excess_after", "general_by_kind", "skills_by_kind"}
SIGNS = {"membership", "extraction", "near_far", "copying", "diversity", "forgetting"}
# Measures that only some data has.
SOMETIMES = {"mid_gain_nats", "near_task_gain", "far_task_gain", "near_less_far_task_gain"}


def measure_names(measures: Mapping[str, Measure]) -> Iterator[str]:
    for name, value in measures.items():
        yield name
        if isinstance(value, Mapping) and name not in KEYED_BY_DATA:
            yield from measure_names(value)


@pytest.mark.hf
def test_the_measures_page_lists_exactly_the_measures_of_each_check(workspace: Path) -> None:
    result = tc.run("outputs/my-lora", val="validation.jsonl", train="train.jsonl", out="out")
    page = ROOT / "docs" / "measures.md"
    told = page.read_text(encoding="utf-8")
    listed = table_names(page)
    outside = {"tuned", "base", "paired", "paired_without_leaked", "n_unscored"}  # named in sentences
    listed["overfitting"] += [measure for sign in sorted(SIGNS) for measure in listed[sign]]
    signs = {name: value for name, value in result.checks["overfitting"].measures.items() if name in SIGNS}
    in_tables = {measure for sign in SIGNS for measure in listed[sign]}
    outside |= (SIGNS - {"diversity"}) | (set(measure_names(signs)) - in_tables)
    for name, check in result.checks.items():
        given = set(measure_names(check.measures))
        assert {"paired_without_leaked", "full_sequence"} <= given or name != "perplexity"
        assert given - outside - SOMETIMES == set(listed[name]) - outside - SOMETIMES, name
        assert not [word for word in given & outside if f"`{word}`" not in told]


def test_the_example_of_an_estimate_has_the_fields_of_one() -> None:
    (block,) = [b for b in blocks_of(ROOT / "docs" / "measures.md") if b.language == "json"]
    made = document(tc.Estimate(value=1.0, low=0.5, high=1.5, n=2, method="t"))
    assert isinstance(made, dict)
    assert list(json.loads(block.text)) == list(made)


def signature(name: str) -> str:
    """A function with the names and defaults of its parameters."""
    parameters = [p.replace(annotation=p.empty) for p in inspect.signature(getattr(tc, name)).parameters.values()]
    return f"tc.{name}{inspect.Signature(parameters)}"


@pytest.mark.parametrize("name", tc.__all__)
def test_the_python_page_has_every_public_name_and_the_signature_of_every_function(name: str) -> None:
    told = (ROOT / "docs" / "python.md").read_text(encoding="utf-8").replace("\n", " ")
    assert f"tc.{name}" in told
    if inspect.isfunction(getattr(tc, name)):
        assert f"`{signature(name)}`" in told


def test_the_python_page_has_every_option_with_its_default() -> None:
    from tunecheck.config import RunSpec

    told = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", told, flags=re.MULTILINE))
    fields = {n: f for n, f in RunSpec.model_fields.items() if n not in ("tuned", "val", "train", "base", "out")}
    assert rows == {
        name: f'"{field.default}"' if isinstance(field.default, str) else str(field.default)
        for name, field in fields.items()
    }


def test_the_marks_that_the_pages_tell_are_those_of_the_code() -> None:
    from tunecheck.checks import contrast, leaks, overfit_rules, perplexity_findings
    from tunecheck.checks.suggestions import FEW_TRAIN_ROWS, USUAL_EPOCHS, USUAL_RANK
    from tunecheck.runner.plan import LEAST_TRAIN_SAMPLE

    told = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
    marks = {
        "overfitting": [
            f"below {overfit_rules.TRANSFER_FAIL:.0%}, *and*",
            f"ratio is below {overfit_rules.TRANSFER_WATCH:.0%}",
            f"above {contrast.GAP_HIGH} nats it fails if its interval also lies above {contrast.GAP_SOME}",
            f"Above {leaks.LEAK_WARN:.0%} of the validation rows the check warns",
            f"above {leaks.LEAK_FAIL:.0%} it fails",
            f"More than {USUAL_EPOCHS} epochs",
            f"rank above {USUAL_RANK}",
            f"Fewer than {FEW_TRAIN_ROWS:,} training rows",
        ],
        "perplexity": [f"fewer than {perplexity_findings.FEW_UNITS} units"],
        "data": [f"at least {LEAST_TRAIN_SAMPLE} where", f"Below {perplexity_findings.FEW_UNITS} the report warns"],
    }
    for page, sentences in marks.items():
        flat = " ".join(told[page].split())
        assert not [sentence for sentence in sentences if sentence not in flat], page


@pytest.mark.hf
def test_the_sizes_that_the_page_on_models_tells_are_those_of_the_code() -> None:
    pytest.importorskip("torch")
    from tunecheck.models.huggingface.precision import SMALL_MODEL_PARAMETERS
    from tunecheck.models.huggingface.scorer import CPU_TOKEN_BUDGET, GPU_TOKEN_BUDGET

    told = " ".join((ROOT / "docs" / "models.md").read_text(encoding="utf-8").split())
    assert f"fewer than {SMALL_MODEL_PARAMETERS // 1_000_000} million parameters" in told
    assert f"holds {CPU_TOKEN_BUDGET:,} tokens on a CPU and {GPU_TOKEN_BUDGET:,} on a GPU" in told
