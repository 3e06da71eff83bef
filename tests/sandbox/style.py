"""One way in which people write tests, with a program for it and what should come of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tunecheck.core import CodeJob, CodeProblem, CodeVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A program and its tests; by default it passes, and the tests may hold any objects of it."""

    name: str
    program: str
    tests: str
    verdict: CodeVerdict = "pass"
    setup: str = ""
    entry_point: str = ""
    reference: str = ""
    objects: tuple[str, ...] = field(default=("*",))

    def job(self, *, is_stub: bool = False, timeout_s: float = 10.0) -> CodeJob:
        """The job to run it, or an empty function in place of its program."""
        problem = CodeProblem(
            id=self.name,
            prompt="",
            tests=(self.tests,),
            setup=self.setup,
            entry_point=self.entry_point,
            reference=self.reference or (self.program if is_stub else ""),
        )
        kind, text = ("stub", "") if is_stub else ("program", self.program)
        return CodeJob(problem=problem, kind=kind, text=text, objects=self.objects, timeout_s=timeout_s)  # type: ignore[arg-type]
