"""A made-up code task with programs to read: three regressions, two gains, a broken problem, and many solved."""

from __future__ import annotations

from dataclasses import replace

from tests.checks.code_problems import facts, judged, outcome
from tests.report.example import checklist, run
from tunecheck.checks import check_code
from tunecheck.core import CheckResult, CodeOutcome, CodeProblem, JudgedProblem, RunResult

PROMPT = '''from collections import Counter


def most_common_pair(words: list[str]) -> tuple[str, str]:
    """Which two words stand beside each other most often? Ties go to the pair that comes first.

    >>> most_common_pair(["a", "b", "a", "b", "c"])
    ('a', 'b')
    """
'''
RIGHT = PROMPT + "    pairs = Counter(zip(words, words[1:]))\n    return max(pairs, key=pairs.get)\n"
WRONG = (
    PROMPT
    + """    # Count every pair, then take the largest.
    pairs: dict[tuple[str, str], int] = {}
    for first, second in zip(words, words):
        pairs[first, second] = pairs.get((first, second), 0) + 1
    if not pairs:
        raise ValueError(f"{len(words)} words make no pair")
    return sorted(pairs, key=lambda pair: -pairs[pair])[0]
"""
)
TEST = 'words = "to be or not to be".split()\nassert most_common_pair(words) == ("to", "be")\n'
ASK = "Write a function `take(prices, budget)` that says how many of the prices fit in the budget, cheapest first."
TAKE = "def take(prices, budget):\n    bought = 0\n    for price in sorted(prices):\n        budget -= price\n"
BROKEN = TAKE + "        if budgt < 0:\n            break\n        bought += 1\n    return bought\n"
SOUND = TAKE + "        if budget < 0:\n            break\n        bought += 1\n    return bought\n"


def problems() -> list[JudgedProblem]:
    pair = CodeProblem(
        id="pairs/4", prompt=PROMPT, is_prefix=True, tests=(TEST,), reference=RIGHT, source="problems.jsonl line 4"
    )
    take = CodeProblem(id="shop/11", prompt=ASK, tests=("assert take([3, 1], 2) == 1",), reference=SOUND)
    wrong = outcome(
        "wrong",
        code=WRONG,
        code_line=16,
        test=TEST,
        test_line=2,
        n_passed=2,
        called="most_common_pair(['to', 'be', 'or', 'not', 'to', 'be']) -> ('to', 'to')",
        detail="AssertionError: ('to', 'to') is not ('to', 'be')",
    )
    raised = outcome(
        "exception",
        code=BROKEN,
        code_line=5,
        test=take.tests[0],
        test_line=1,
        detail="NameError: name 'budgt' is not defined",
    )
    sound, right = outcome("pass", code=SOUND, method="fence"), outcome("pass", code=RIGHT)
    asked = [
        JudgedProblem(problem=pair, limit_s=2.0, tuned=(wrong,) * 4 + (right,), base=(right,) * 5),
        JudgedProblem(problem=take, limit_s=2.0, tuned=(raised,) * 5, base=(sound,) * 4 + (raised,)),
        replace(judged("text/2", "nnwww", "pppww")),
        judged("text/7", "ppppp", "wwwwt"),
        judged("text/9", "ppppw", "wwwtt"),
        judged("math/1", "tttww", "wwwww"),
        judged("math/3", "wwwww", "wwwww", excluded="the reference fails its own tests"),
        judged("math/8", "", "ppppp"),
    ]
    return [*asked, *(judged(f"easy/{place}", "ppppp", "ppppp") for place in range(24))]


def check() -> CheckResult:
    return check_code(facts(problems(), k=(1, 5), tier="B", notes=("line 9 holds no tests",)))


def result(*checks: CheckResult) -> RunResult:
    found = checks or (check(),)
    steps = checklist(tasks=(found[0].status, found[0].summary))
    return run("incomplete", ("Nobody has rated answers yet.",), steps, *found)


def hostile(text: str) -> RunResult:
    """The same with ``text`` in every free text of a problem and its samples."""

    def spoiled(one: CodeOutcome) -> CodeOutcome:
        return replace(
            one,
            detail=f"{one.detail} {text}",
            code=f"x = '''{text}'''\n{text}\n# {text}\n{one.code}",
            code_line=2,
            test=f"{text}\n{one.test}",
            test_line=1,
            called=text,
        )

    def problem(one: JudgedProblem, place: int) -> JudgedProblem:
        asked = replace(
            one.problem, id=f"{place} {text}", prompt=f"{one.problem.prompt} {text}", source=f"line {place} {text}"
        )
        base = None if one.base is None else tuple(map(spoiled, one.base))
        excluded = f"{one.excluded} {text}" if one.excluded else ""
        return replace(one, problem=asked, excluded=excluded, tuned=tuple(map(spoiled, one.tuned)), base=base)

    changed = [problem(one, place) for place, one in enumerate(problems())]
    made = facts(changed, k=(1, 5), notes=(text,))
    return result(check_code(replace(made, layers=(text,), settings=text)))
