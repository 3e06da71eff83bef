from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case
from tunecheck.metrics.own_metric import OwnMetric, load_own

SOURCE = """
def same(prediction, reference):
    return prediction == reference

def errors(prediction, reference):
    return abs(len(prediction) - len(reference))

def polite(prediction, references, prompt=""):
    return {"polite": "please" in prompt, "n": len(references)}

def odd(pred, gold):
    return 1

def broken(prediction):
    raise KeyError("x")

CONSTANT = 3
"""
CASE = Case(prediction="ab", references=("abcd", "abc"), prompt="please")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_own_ones.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_own_ones", raising=False)
    return tmp_path


def test_a_function_is_found_in_the_current_folder_and_in_a_file(folder: Path) -> None:
    path = list(sys.path)
    for where in ("my_own_ones:same", f"{folder}/my_own_ones.py:same", "my_own_ones.py:same"):
        own = load_own(where)
        assert own.measures == ("same",)
        assert own.score(Case(prediction="a", references=("b", "a"))) == {"same": 1.0}
        assert own.signature.startswith(f"own|{where}|sha256:")
    assert sys.path == path


def test_the_best_reference_counts_in_the_direction_of_the_measure(folder: Path) -> None:
    assert load_own("my_own_ones:errors").score(CASE) == {"errors": 2.0}
    assert load_own("my_own_ones:errors", lower_is_better=["errors"]).score(CASE) == {"errors": 1.0}


def test_a_dict_names_its_measures_for_an_example(folder: Path) -> None:
    own = load_own("my_own_ones:polite", example=CASE)
    assert own.measures == ("polite", "n")
    assert own.score(CASE) == {"polite": 1.0, "n": 2.0}
    named = load_own("my_own_ones:polite", measures=["n", "style"])
    assert named.score(CASE) == {"n": 2.0, "style": Unscored(reason="the metric returned no 'style' but polite, n")}


def test_what_it_raises_is_the_reason_of_that_item(folder: Path) -> None:
    own = load_own("my_own_ones:broken", example=CASE)
    assert own.score(CASE) == {"broken": Unscored(reason="the metric raised KeyError: 'x'")}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("my_own_ones", "'my_own_ones' names no function\nwrite module:function or FILE.py:function"),
        ("my_own_ones:none", "my_own_ones has no function 'none'\nit has: same, errors, polite, odd, broken"),
        ("my_own_ones:CONSTANT", "my_own_ones has no function 'CONSTANT'\nit has: same, errors, polite, odd, broken"),
        ("none.py:f", "there is no file none.py\nwrite FILE.py:function, with the path from here"),
        (
            "my_own_ones:odd",
            "the metric odd has a parameter 'pred'\n"
            "parameters are given by name: prediction, and any of reference, references, prompt",
        ),
        (
            "no_such_module:f",
            "no_such_module cannot be imported: ModuleNotFoundError: No module named 'no_such_module'\n"
            "write module:function or FILE.py:function; modules are looked for in the current folder",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_hint(folder: Path, where: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        load_own(where)
    assert str(refused.value) == message


def test_a_file_that_fails_is_refused_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("x = 1 / 0\n")
    with pytest.raises(InputError, match=r"bad\.py cannot be imported: ZeroDivisionError: division by zero"):
        load_own(f"{tmp_path}/bad.py:f")


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        (np.float32(0.5), 0.5),
        (np.bool_(True), 1.0),
        (True, 1.0),
        (3, 3.0),
        (float("nan"), Unscored(reason="the metric returned nan")),
        ("0.5", Unscored(reason="the metric returned a str and no number")),
        (None, Unscored(reason="the metric returned a NoneType and no number")),
        (10**400, Unscored(reason="the metric raised OverflowError: int too large to convert to float")),
    ],
)
def test_only_finite_numbers_are_scores(returned: object, value: object) -> None:
    own = OwnMetric(lambda prediction: returned, measures=["mine"])
    assert own.score(CASE) == {"mine": value}


def test_a_measure_that_is_not_there_is_not_better_when_less() -> None:
    with pytest.raises(InputError, match="less is said to be better of 'x', which is not measured"):
        OwnMetric(lambda prediction: 1, measures=["a"], lower_is_better=["x"])
    with pytest.raises(InputError, match="needs the name of a measure"):
        OwnMetric(lambda prediction: 1, measures=[])


@given(st.text(st.characters()), st.lists(st.text(st.characters()), min_size=1, max_size=3), st.text(st.characters()))
def test_the_function_is_given_what_it_names(prediction: str, references: list[str], prompt: str) -> None:
    def share(prediction: str, references: list[str], *, prompt: str) -> float:
        return len(prediction) + 1000 * len(references) + 10**6 * len(prompt)

    case = Case(prediction=prediction, references=tuple(references), prompt=prompt)
    expected = float(len(prediction) + 1000 * len(references) + 10**6 * len(prompt))
    assert OwnMetric(share, measures=["share"]).score(case) == {"share": expected}
