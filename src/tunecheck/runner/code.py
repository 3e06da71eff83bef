"""Code: programs that a model wrote, run against the tests of their problems and scored as pass@k."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import tunecheck
from tunecheck import store
from tunecheck.checks import check_code
from tunecheck.config import RunSpec
from tunecheck.core import (
    CheckResult,
    CodeFacts,
    CodeProblems,
    CodeRunner,
    CodeSamples,
    Finding,
    TaskSpec,
    Tier,
    Unscored,
)
from tunecheck.data.code_samples import SampleSource, load_code_samples
from tunecheck.data.problems import load_problems
from tunecheck.errors import InputError
from tunecheck.runner.answers import _pair_of
from tunecheck.runner.code_tasks import (
    NAME,
    PlannedCode,
    answer_code,
    check_limits,
    demand_consent,
    judge_code,
    limits_line,
    open_sandbox,
    plan_code,
    problems_line,
    read_k,
    usual_k,
)
from tunecheck.runner.execute import Side
from tunecheck.runner.functions import _options_only
from tunecheck.runner.generate import Keys
from tunecheck.runner.judge import judge
from tunecheck.runner.progress import Progress, Silent

ProblemSource = str | Iterable[Mapping[str, object]]


def evaluate_code_generation(
    problems: Any,
    samples: SampleSource | None = None,
    *,
    base_samples: SampleSource | None = None,
    model: Any = None,
    tokenizer: Any = None,
    base: Any = None,
    run_code: bool = False,
    k: int | str | Sequence[int] | None = None,
    n_samples: int = 1,
    temperature: float | None = None,
    max_new_tokens: int | None = None,
    at_least: float | None = None,
    timeout_s: float | None = None,
    sandbox: Tier = "A",
    packages: bool = False,
    memory_mib: int | None = None,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> CheckResult:
    """pass@k of programs: the samples given, or those that ``model`` writes here; nothing is written to disk.

    problems    a file or rows: HumanEval's format, MBPP's, or prompt and test_code
    samples     a file, rows, or a text (or a list of texts) for each problem; ``base_samples`` the same of the base
    model       a path or a live model (with ``tokenizer``) that writes ``n_samples`` for each problem; its base too
    run_code    generated code runs only where this is True, shut in by the sandbox at tier A, or at B if that is asked
    k           of pass@k; by default 1, 5, 10 and 100 as far as there are samples
    at_least    pass@1 below it fails
    timeout_s   for the tests of a sample; by default ten times what the problem's reference takes, at least 2 s
    packages    programs may import this environment's packages
    memory_mib  for each process

    ``options`` are the fields of config.RunSpec, for a model. Raises InputError and DataError for what the user can
    correct, and CannotRun where this machine cannot shut programs in.
    """
    heard = progress or Silent()
    if (samples is None) == (model is None):
        raise InputError("code needs samples or a model that writes them, one of the two", hint="give samples=FILE")
    demand_consent(run_code)
    check_limits(timeout_s=timeout_s, memory_mib=memory_mib, at_least=at_least, sandbox=sandbox)
    asked = read_k(text) if (text := _text(k)) else ()
    read = load_problems(problems, skip_bad_rows=skip_bad_rows)
    opened = partial(open_sandbox, heard, sandbox, packages=packages, memory_mib=memory_mib)
    if samples is None:
        made = {"samples": n_samples, "temperature": temperature, "max_new_tokens": max_new_tokens, "k": text}
        made |= {"at_least": at_least, "timeout_s": timeout_s}
        given = {name: str(value) for name, value in made.items() if value is not None}
        spec = _options_only(options)
        (planned,) = plan_code([TaskSpec(name=NAME, options=given)], read, seed=spec.seed)
        with opened() as runner:
            return check_code(_written(planned, model, base, tokenizer, spec, runner, heard))
    sides = {"tuned": load_code_samples(samples, read, skip_bad_rows=skip_bad_rows)}
    if base_samples is not None:
        sides["base"] = load_code_samples(base_samples, read, side="base", skip_bad_rows=skip_bad_rows)
    with opened() as runner:
        facts = _given(read, sides, runner, heard, k=asked, at_least=at_least, timeout_s=timeout_s)
    return check_code(facts, findings=_left_out(read, sides))


def _given(
    problems: CodeProblems,
    sides: Mapping[str, CodeSamples],
    runner: CodeRunner,
    progress: Progress,
    *,
    k: tuple[int, ...],
    at_least: float | None,
    timeout_s: float | None,
) -> CodeFacts:
    """What the samples showed that somebody brought."""
    samples = {side: one.by_problem for side, one in sides.items()}
    judged = judge(problems.problems, samples, runner, progress, timeout_s=timeout_s)
    n_least = min((len(one.tuned) for one in judged if one.tuned), default=0)
    return CodeFacts(
        title=NAME,
        problems=judged,
        tier=runner.tier,
        layers=runner.layers,
        k=k or usual_k(n_least),
        settings=_line(problems, sides, limits_line(runner, timeout_s=timeout_s)),
        at_least=at_least,
    )


def _written(
    planned: PlannedCode, model: Any, base: Any, tokenizer: Any, spec: RunSpec, runner: CodeRunner, progress: Progress
) -> CodeFacts:
    """What the samples showed that a model, and its base where it has one, write here."""
    kept = store.InMemoryRunStore()
    pair = _pair_of(model, base, tokenizer, spec)
    keys: dict[str, Keys] = {}
    sides: tuple[Side, ...] = ("tuned", "base") if pair.facts.base is not None else ("tuned",)
    with ExitStack() as closing:
        closing.callback(pair.close)
        for side in sides:
            progress.say(f"loading {pair.facts.tuned if side == 'tuned' else pair.facts.base}")
            with pair.open(side) as opened:
                keys[side] = answer_code(opened.generator, planned, kept, progress, label=f"writing code, {side}")
    return judge_code(planned, keys, kept, runner, progress)


def _text(k: int | str | Sequence[int] | None) -> str | None:
    if k is None or isinstance(k, str):
        return k
    return str(k) if isinstance(k, int) else "|".join(map(str, k))


def _line(problems: CodeProblems, sides: Mapping[str, CodeSamples], limits: str) -> str:
    """All that could change a verdict, on one line."""
    names = {"tuned": "samples", "base": "base_samples"}
    given = [f"{names[side]}={one.name}#{one.fingerprint}" for side, one in sides.items()]
    return " | ".join((problems_line(problems), *given, limits, f"tunecheck={tunecheck.__version__}"))


def _left_out(problems: CodeProblems, sides: Mapping[str, CodeSamples]) -> list[Finding]:
    """Rows that could not be read, and samples without a text: they are not there, which is no failure of a model."""
    findings = [
        Finding(
            code="data.skipped_rows",
            severity="warn",
            message=f"{name}: {len(skipped):,} rows could not be read and were left out",
            evidence={"first": skipped[0]},
            hint="correct them: what is missing may not be missing at random",
        )
        for name, skipped in [(problems.name, problems.skipped), *((one.name, one.skipped) for one in sides.values())]
        if skipped
    ]
    for side, one in sides.items():
        absent = [text.reason for texts in one.by_problem.values() for text in texts if isinstance(text, Unscored)]
        if absent:
            findings.append(
                Finding(
                    code="tasks.code_absent",
                    severity="warn",
                    message=f"{len(absent):,} samples of {side} are not there ({absent[0]}) and count nowhere",
                    evidence={"n_absent": len(absent)},
                    hint="generate them again: what is missing may not be missing at random",
                )
            )
    return findings
