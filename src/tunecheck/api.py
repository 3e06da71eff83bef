"""The library's functions that also write: the whole run with its report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunecheck import demo, report
from tunecheck.config import RunSpec, build_spec
from tunecheck.core import Answers, GenerationSettings, RunResult
from tunecheck.runner import Progress, Silent, generate_answers, read_run, run_spec


def run(
    tuned: str | Path,
    *,
    val: str | Path,
    train: str | Path | None = None,
    base: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> RunResult:
    """The whole checklist on a tuned model: scores, checks, verdict; writes the run folder with its report.

    Started again on the same folder it goes on where it stopped. ``options`` are the fields of config.RunSpec.
    Raises InputError (and its kinds) for what the user can correct, CannotRun for what this machine cannot do.
    """
    paths = {"tuned": tuned, "val": val, "train": train, "base": base, "out": out}
    given = {name: str(path) for name, path in paths.items() if path is not None}
    return run_and_report(build_spec({**given, **options}), progress=progress or Silent())


def run_and_report(spec: RunSpec, *, progress: Progress) -> RunResult:
    """The same from a validated description."""
    result = run_spec(spec, progress=progress)
    report.write(result, Path(result.folder))
    return result


def generate(
    model: Any,
    data: Any,
    *,
    base: Any = None,
    with_base: bool = False,
    tokenizer: Any = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    max_new_tokens: int = 256,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 42,
    samples: int = 1,
    stop: Sequence[str] = (),
    limit: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Answers:
    """The answers of a model, and of its base when it is named or wanted, to the prompts of data; greedy by default.

    ``model`` and ``base`` are paths, hub names or live models (then with ``tokenizer``); ``data`` is a file or a list
    of dicts. With ``out`` the rows of a predictions file are written there in one step; stopped, the same call goes on.
    ``options`` are the fields of config.RunSpec. Raises InputError (and its kinds) for what the user can correct.
    """
    settings = GenerationSettings(
        max_new_tokens=max_new_tokens, temperature=temperature, top_p=top_p, seed=seed, n_samples=samples,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )  # fmt: skip
    return generate_answers(
        model, data, settings, base=base, with_base=with_base, tokenizer=tokenizer, out=out, overwrite=overwrite,
        limit=limit, progress=progress, **options,
    )  # fmt: skip


def write_report(folder: str | Path) -> tuple[Path, ...]:
    """Write report.html and results.json of a finished run anew, by today's rules; the paths written."""
    return report.write(read_run(folder), Path(folder))


def run_demo(
    out: str | Path, *, overfitted: bool = False, seed: int = 42, progress: Progress | None = None
) -> RunResult:
    """Make data, train a small base and a LoRA, and run the checklist on them; the run stands in ``out``/run.

    Raises InputError when ``out`` holds something that no demo made.
    """
    heard = progress or Silent()
    files = demo.build(Path(out), overfitted=overfitted, seed=seed, progress=heard.say)
    heard.say(f"tunecheck run {files.tuned} --train {files.train} --val {files.validation} --task auto")
    return run(
        files.tuned,
        val=files.validation,
        train=files.train,
        out=Path(out) / "run",
        task=("auto",),
        seed=seed,
        progress=heard,
    )
