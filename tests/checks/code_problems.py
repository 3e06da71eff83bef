"""Made-up code tasks: problems with verdicts as they are asked for, and a small one with programs to read."""

from __future__ import annotations

from collections.abc import Sequence

from tunecheck.core import CodeFacts, CodeOutcome, CodeProblem, CodeVerdict, JudgedProblem, Tier

_LETTERS: dict[str, CodeVerdict] = {
    **{"p": "pass", "w": "wrong", "e": "exception", "t": "timeout", "m": "memory", "c": "crash"},
    **{"n": "no_code", "s": "syntax_error", "y": "missing_entry", "r": "bad_return_type"},
    **{"i": "invalid_test", "x": "sandbox_error"},
}


def outcome(verdict: CodeVerdict, **fields: object) -> CodeOutcome:
    n_tests = 0 if verdict in ("no_code", "syntax_error") else 3
    made = {"n_passed": n_tests if verdict == "pass" else 0, "n_tests": n_tests, "code": "def f():\n    return 1\n"}
    return CodeOutcome(verdict=verdict, **{**made, **fields})  # type: ignore[arg-type]


def judged(
    name: str, tuned: str, base: str | None = None, *, excluded: str = "", reference: str = "def f(): ..."
) -> JudgedProblem:
    """A problem whose samples have the verdicts that the letters stand for: "ppw" is two that pass and a wrong one."""
    problem = CodeProblem(id=name, prompt=f"Write {name}.", tests=("assert f() == 1",), reference=reference)
    return JudgedProblem(
        problem=problem,
        excluded=excluded,
        limit_s=2.0,
        tuned=tuple(outcome(_LETTERS[letter]) for letter in tuned),
        base=None if base is None else tuple(outcome(_LETTERS[letter]) for letter in base),
    )


def facts(
    problems: Sequence[JudgedProblem],
    *,
    k: tuple[int, ...] = (1,),
    tier: Tier = "A",
    at_least: float | None = None,
    notes: tuple[str, ...] = (),
) -> CodeFacts:
    return CodeFacts(
        title="code",
        problems=tuple(problems),
        tier=tier,
        layers=("namespaces", "Landlock", "seccomp", "limits"),
        k=k,
        settings="k=1",
        at_least=at_least,
        notes=notes,
    )


def many(tuned: Sequence[str], base: Sequence[str] | None = None) -> list[JudgedProblem]:
    """One problem for each word of letters."""
    others = base if base is not None else [None] * len(tuned)
    return [judged(f"P/{place}", own, other) for place, (own, other) in enumerate(zip(tuned, others, strict=True))]
