"""Code tasks: problems that base and tuned write programs for in a run, and what running these showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from typing import TypeVar

from tunecheck.core import (
    CodeFacts,
    CodeProblem,
    CodeProblems,
    CodeRunner,
    GenerationSettings,
    Generator,
    Item,
    Message,
    RunStore,
    TaskSpec,
    Tier,
)
from tunecheck.data.problems import load_problems
from tunecheck.errors import DataError, InputError
from tunecheck.runner.generate import Keys, complete
from tunecheck.runner.judge import FLOOR_S, TIMES_REFERENCE, UNCHECKED_LIMIT_S, judge
from tunecheck.runner.progress import Progress
from tunecheck.sandbox import Sandbox

T = TypeVar("T", int, float)

NAME = "code"
OPTIONS = ("problems", "samples", "temperature", "top_p", "max_new_tokens", "k", "at_least", "timeout_s")
# Of pass@k where nobody asks for another k: those that the samples allow.
USUAL_K = (1, 5, 10, 100)
# For several samples of a problem; Chen et al. 2021 found .2 best for pass@1 and .8 for pass@100.
TEMPERATURE = 0.8
MAX_NEW_TOKENS = 512
LONGEST_S, LEAST_MIB = 3600, 128
# What a model that goes on with a file writes after the function that was asked for.
_STOPS = ("\nclass ", "\ndef ", "\nif __name__", "\nprint(", "\nassert ")
_ASKED = "Complete this Python function. Reply with the whole function in one code block.\n\n```python\n{}\n```"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCode:
    """One code task: its problems, and how samples are made and judged.

    k  of pass@k; () for the usual ones that the samples allow
    """

    title: str
    problems: CodeProblems
    settings: GenerationSettings
    k: tuple[int, ...] = ()
    at_least: float | None = None
    timeout_s: float | None = None


def plan_code(tasks: Sequence[TaskSpec], validation: str | CodeProblems, *, seed: int) -> tuple[PlannedCode, ...]:
    """The code tasks among ``tasks``. Without ``problems=FILE`` the rows of the validation file are the problems.

    Raises InputError for an unknown option or a wrong value, and DataError for problems that cannot be read.
    """
    asked = [spec for spec in tasks if spec.name == NAME]
    titles = [NAME if place == 0 else f"{NAME}+{place}" for place in range(len(asked))]
    return tuple(_planned(spec, title, validation, seed) for spec, title in zip(asked, titles, strict=True))


def demand_consent(run_code: bool) -> None:
    """Raise InputError unless the user said that generated code may run."""
    if not run_code:
        raise InputError(
            "nothing was run: a code task runs what a model wrote, and that happens only where you say so",
            hint="add --run-code (in Python: run_code=True); docs/code.md tells how programs are shut in",
        )


def check_limits(
    *, timeout_s: float | None, memory_mib: int | None, at_least: float | None, sandbox: str = "A"
) -> None:
    """Raise InputError for limits that mean nothing."""
    wrong = [
        (
            timeout_s is None or 0 < timeout_s <= LONGEST_S,
            f"timeout {timeout_s} is not above 0 and at most {LONGEST_S}",
        ),
        (memory_mib is None or memory_mib >= LEAST_MIB, f"memory {memory_mib} is not at least {LEAST_MIB} MiB"),
        (at_least is None or 0 <= at_least <= 1, f"at_least {at_least} is no share from 0 to 1"),
        (sandbox in ("A", "B"), f"sandbox {sandbox!r} is not A or B"),
    ]
    if told := [text for is_right, text in wrong if not is_right]:
        raise InputError("; ".join(told), hint="such as --timeout 5 --memory 2048 --at-least 0.5 --sandbox A")


@contextmanager
def open_sandbox(
    progress: Progress, tier: Tier, *, packages: bool = False, memory_mib: int | None = None
) -> Iterator[CodeRunner]:
    """A sandbox that its canary has tried, told of in one line. Raises CannotRun where there is none of this tier."""
    with Sandbox(tier, packages=packages, memory_mib=memory_mib) as runner:
        progress.say(f"sandbox tier {runner.tier}: {', '.join(runner.layers)}; {runner.engine}")
        yield runner


def answer_code(
    generator: Generator,
    planned: PlannedCode,
    store: RunStore,
    progress: Progress,
    *,
    label: str,
    reused: Sequence[RunStore] = (),
) -> Keys:
    """Have one side write its samples; the keys of each problem's samples in the store, by the problem's id."""
    items = _items(generator, planned.problems)
    made = complete(generator, list(items.values()), planned.settings, store, progress, label=label, reused=reused)
    return {problem_id: made[item.id] for problem_id, item in items.items()}


def judge_code(
    planned: PlannedCode, keys: Mapping[str, Keys], store: RunStore, runner: CodeRunner, progress: Progress
) -> CodeFacts:
    """What the samples under these keys, by side, showed when they ran."""
    samples = {side: _texts(store, of_side) for side, of_side in keys.items()}
    judged = judge(planned.problems.problems, samples, runner, progress, timeout_s=planned.timeout_s)
    return CodeFacts(
        title=planned.title,
        problems=judged,
        tier=runner.tier,
        layers=runner.layers,
        k=planned.k or usual_k(planned.settings.n_samples),
        settings=" | ".join((problems_line(planned.problems), _made(planned.settings), limits_line(runner, planned))),
        at_least=planned.at_least,
        notes=planned.problems.skipped,
    )


def usual_k(n_samples: int) -> tuple[int, ...]:
    """The k of pass@k that so many samples of a problem allow.

    >>> usual_k(10), usual_k(3)
    ((1, 5, 10), (1,))
    """
    return tuple(k for k in USUAL_K if k <= max(n_samples, 1))


def problems_line(problems: CodeProblems) -> str:
    """Which problems, for a signature."""
    return f"problems={problems.name}#{problems.fingerprint}"


def limits_line(runner: CodeRunner, planned: PlannedCode | None = None, timeout_s: float | None = None) -> str:
    """Under which limits programs ran, for a signature."""
    asked_s = planned.timeout_s if planned is not None else timeout_s
    usual = f"max({FLOOR_S:g} s, {TIMES_REFERENCE:g} x the reference's), {UNCHECKED_LIMIT_S:g} s without a reference"
    return f"sandbox={runner.tier} {runner.engine} | time limit={f'{asked_s:g} s' if asked_s is not None else usual}"


def _items(generator: Generator, problems: CodeProblems) -> dict[str, Item]:
    """What is asked, by the id of the problem: the prompt as it is; a beginning is asked for in words where a chat
    template takes the prompt, for there is nothing to go on with in a reply.
    """
    items = {problem.id: _item(problem, problem.prompt) for problem in problems}
    if not any(prompt.is_templated for prompt in generator.encode(list(items.values())[:1])):
        return items
    return {
        problem.id: _item(problem, _ASKED.format(problem.prompt.rstrip())) if problem.is_prefix else items[problem.id]
        for problem in problems
    }


def _item(problem: CodeProblem, asked: str) -> Item:
    return Item(
        form="completion",
        prompt=(Message(role="user", content=asked),),
        response=Message(role="assistant", content=""),
        source=problem.source,
    )


def _texts(store: RunStore, keys: Keys) -> dict[str, tuple[str, ...]]:
    found = store.completions([key for of_problem in keys.values() for key in of_problem])
    return {problem_id: tuple(found[key].text for key in of_problem) for problem_id, of_problem in keys.items()}


def _made(settings: GenerationSettings) -> str:
    how = "greedy" if settings.is_greedy else f"temperature={settings.temperature} top_p={settings.top_p}"
    return f"samples={settings.n_samples} {how} max_new_tokens={settings.max_new_tokens}"


def _planned(spec: TaskSpec, title: str, validation: str | CodeProblems, seed: int) -> PlannedCode:
    unknown = [name for name in (*spec.options, *(["labels"] if spec.labels else [])) if name not in OPTIONS]
    if unknown:
        raise InputError(f"task code has no option {', '.join(unknown)}", hint=f"its options are {', '.join(OPTIONS)}")
    number = _Numbers(spec)
    n_samples = number.whole("samples", 1)
    greedy = n_samples == 1 and "temperature" not in spec.options
    settings = GenerationSettings(
        n_samples=n_samples,
        temperature=0.0 if greedy else number.real("temperature", TEMPERATURE),
        top_p=number.real("top_p", 1.0),
        max_new_tokens=number.whole("max_new_tokens", MAX_NEW_TOKENS),
        seed=seed,
    )
    k = read_k(spec.options["k"]) if "k" in spec.options else ()
    at_least, timeout_s = number.maybe("at_least"), number.maybe("timeout_s")
    check_limits(timeout_s=timeout_s, memory_mib=None, at_least=at_least)
    problems = _problems(spec, validation)
    is_begun = all(problem.is_prefix for problem in problems)
    return PlannedCode(
        title=title,
        problems=problems,
        settings=replace(settings, stop=_STOPS) if is_begun else settings,
        k=k,
        at_least=at_least,
        timeout_s=timeout_s,
    )


def _problems(spec: TaskSpec, validation: str | CodeProblems) -> CodeProblems:
    if "problems" in spec.options:
        return load_problems(spec.options["problems"])
    if isinstance(validation, CodeProblems):
        return validation
    try:
        return load_problems(validation)
    except DataError as error:
        raise DataError(
            f"task code: the validation file holds no problems with tests: {error.message}",
            hint="name a file of problems: --task code:problems=FILE",
        ) from error


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The options of a task that are numbers."""

    spec: TaskSpec

    def whole(self, name: str, default: int) -> int:
        """An integer from 1 on."""
        return self._read(name, int, lambda value: value >= 1, "a whole number from 1 on") or default

    def real(self, name: str, default: float) -> float:
        """A finite number; GenerationSettings says which ones make sense."""
        value = self.maybe(name)
        return default if value is None else value

    def maybe(self, name: str) -> float | None:
        """A finite number, or None where it is not given."""
        return self._read(name, float, isfinite, "a number")

    def _read(self, name: str, read: Callable[[str], T], holds: Callable[[T], bool], what: str) -> T | None:
        given = self.spec.options.get(name)
        if given is None:
            return None
        try:
            value = read(given)
        except ValueError:
            value = None
        if value is None or not holds(value):
            raise InputError(f"task code: {name}={given} is not {what}", hint=f"write --task code:{name}=1")
        return value


def read_k(given: str) -> tuple[int, ...]:
    """The k of pass@k as people write them, with commas or | between, ascending and distinct.

    >>> read_k("10,1,5")
    (1, 5, 10)
    """
    parts = [part.strip() for part in given.replace("|", ",").split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 10**6 for part in parts):
        raise InputError(f"k {given!r} are not whole numbers from 1 on", hint="such as 1,5,10")
    return tuple(sorted({int(part) for part in parts}))
