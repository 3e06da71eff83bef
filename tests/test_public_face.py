"""The public names: listed, sorted, bound, and loaded only when they are used."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import tunecheck
from tests.workshop import environment

HEAVY = {
    "torch", "transformers", "peft", "numpy", "scipy", "pyarrow", "altair", "vl_convert", "sqlalchemy", "alembic",
    "pydantic", "jinja2", "rich", "yaml", "click",
}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after some code."""
    program = f"{code}\nimport json, sys; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env=environment(), text=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_all_is_sorted_and_every_name_in_it_is_bound() -> None:
    assert tunecheck.__all__ == sorted(tunecheck.__all__)
    assert set(tunecheck.__all__) == set(tunecheck._HOMES)
    for name in tunecheck.__all__:
        assert getattr(tunecheck, name).__doc__, name
    assert dir(tunecheck) == sorted([*tunecheck.__all__, "__version__"])


def test_a_name_that_is_not_there_is_said_as_python_says_it() -> None:
    with pytest.raises(AttributeError, match="module 'tunecheck' has no attribute 'calculate_preplexity'"):
        _ = tunecheck.calculate_preplexity


@pytest.mark.hf
def test_every_package_lists_its_public_names_sorted_and_bound() -> None:
    root = Path(tunecheck.__file__).parent
    packages = [found.name for found in pkgutil.walk_packages([str(root)], "tunecheck.") if found.ispkg]
    for name in packages:
        if ".migrations" in name:
            continue
        package = importlib.import_module(name)
        names = package.__all__
        assert names == sorted(names) or names == sorted(names, key=lambda n: (not n.isupper(), n)), name
        assert all(hasattr(package, one) for one in names), name


def test_importing_tunecheck_loads_nothing_heavy() -> None:
    assert loaded_after("import tunecheck") & HEAVY == set()
    assert loaded_after("import tunecheck; tunecheck.Estimate, tunecheck.DataError") & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"]]
    + [[name, "--help"] for name in ("run", "perplexity", "overfitting", "report", "verdict", "demo", "doctor")],
    ids=" ".join,
)
def test_help_loads_click_and_nothing_heavier(arguments: list[str]) -> None:
    code = f"""
import sys
from tunecheck.cli import main
sys.argv = ["tunecheck", *{arguments}]
try:
    main()
except SystemExit:
    pass
"""
    assert loaded_after(code) & HEAVY == {"click"}


def test_a_finished_run_is_read_without_a_model_library() -> None:
    assert loaded_after("import tunecheck; tunecheck.read_run, tunecheck.verdict") & {"torch", "transformers"} == set()
