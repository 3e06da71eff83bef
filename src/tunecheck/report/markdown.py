"""The report as a Markdown comment: verdict, checklist, key numbers, findings.

Made for GitHub's dialect, where more than punctuation acts: bare addresses become links, ``@name`` calls a person,
``#12`` links an issue and ``$`` opens a formula. Text from data and models must do none of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tunecheck.core import CheckResult, Finding, RunResult, Step
from tunecheck.report.check_tables import is_by_people, n_shown, tables_of
from tunecheck.report.page import MOST_FINDINGS, titles, verdict_of
from tunecheck.report.problems import Attempts, problem_groups
from tunecheck.report.tables import Cell, Table, cell, interval_notes
from tunecheck.report.text import shortened, visible
from tunecheck.report.words import SEVERITY_WORDS, STATUS_WORDS, name_of

_SIGNS = {"pass": "✔", "warn": "▲", "fail": "✖", "unknown": "○", "info": "●"}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ACTIVE = re.compile(r"[\\`*_{}\[\]|~!#$^]")
# GitHub looks for addresses, people and issues after Markdown is done, so no backslash helps; an invisible word
# joiner (U+2060) behind the sign does.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=[^\s])|\bwww\.(?=\w)|@(?=\w)|#(?=\w)|\bGH-(?=\d)")
_LINE_START = re.compile(r"^(\d(?=\d*[.)](\s|$))|[-+=](?=[-+=\s]|$))")
_LINE_CHARACTERS = 300
_MOST_PROBLEMS = 10
_TOLD_GROUPS = ("Worse than base", "Better than base", "Never solved")


def render(result: RunResult) -> str:
    """The Markdown text of a run."""
    word, sentence = verdict_of(result.verdict)
    lines = [f"## {word}: {escaped(result.title)}", "", f"**{sentence}**", ""]
    lines += [f"- {escaped(reason)}" for reason in result.verdict.reasons]
    lines += ["", *_steps("Step", result.verdict.checklist), ""]
    if result.verdict.next_steps:
        lines += ["**What to do next**", ""]
        lines += [f"{place}. {escaped(step)}" for place, step in enumerate(result.verdict.next_steps, start=1)]
        lines.append("")
    for name, title in titles(result).items():
        lines += _check(title, result.checks[name])
    lines += ["", f"<sub>{_origin(result)}</sub>", ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).encode("utf-8", "replace").decode("utf-8")


def escaped(text: str) -> str:
    r"""``text`` as one line that Markdown prints as it stands: no markup, no links, no mentions.

    >>> escaped("<b>a|b</b> [x](y)")
    '&lt;b&gt;a\\|b&lt;/b&gt; \\[x\\](y)'
    """
    line = " ".join(visible(shortened(text, _LINE_CHARACTERS)).split())
    line = _ADDRESS.sub(lambda found: f"{found[0]}\u2060", line)
    start = _LINE_START.match(line)
    first, rest = (f"&#{ord(line[0])};", line[1:]) if start else ("", line)
    return first + _ACTIVE.sub(r"\\\g<0>", rest.translate(_ENTITIES))


def _steps(head: str, steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        return
    yield f"| {head} | Status | |"
    yield "|---|---|---|"
    for step in steps:
        yield f"| {escaped(step.title)} | {_sign(step.status, STATUS_WORDS)} | {escaped(step.summary)} |"


def _check(title: str, check: CheckResult) -> Iterator[str]:
    tables = tables_of(check)
    if check.signs or is_by_people(check):
        tables = tables[: n_shown(check, tables)]
    if not tables and not check.findings:
        return
    yield f"### {escaped(title)}: {_sign(check.status, STATUS_WORDS)}"
    yield ""
    yield escaped(check.summary)
    yield ""
    yield from _steps("Sign", check.signs)
    yield ""
    for table in tables:
        yield from _table(table)
    yield from _problems(check)
    yield from (f"<sub>{escaped(note)}</sub>" for note in interval_notes(check))
    yield ""
    for finding in check.findings[:MOST_FINDINGS]:
        yield _finding(finding)
    if len(check.findings) > MOST_FINDINGS:
        yield f"- {len(check.findings) - MOST_FINDINGS} more findings are in results.json."
    yield ""


def _table(table: Table) -> Iterator[str]:
    yield f"| {escaped(table.caption) or table.first} | {' | '.join(table.heads)} |"
    yield "|---" * (1 + len(table.heads)) + "|"
    for row in table.rows:
        label = f"{row.label} ({row.unit})" if row.unit else row.label
        cells = [_cell(value) for value in row.cells]
        yield f"| {escaped(label)} | {' | '.join(cells)} |"
    yield ""


def _problems(check: CheckResult) -> Iterator[str]:
    """The problems of a code task that changed sides, the largest change first; without a base those never solved."""
    for group in problem_groups(check)[:2]:
        if group.title not in _TOLD_GROUPS:
            continue
        heads = ("Base", "Tuned") if group.has_base else ("Tuned",)
        yield f"| {group.title} ({group.n:,}) | {' | '.join(heads)} | What went wrong |"
        yield "|---" * (len(heads) + 2) + "|"
        for one in group.problems[:_MOST_PROBLEMS]:
            sides = (one.base, one.tuned) if group.has_base else (one.tuned,)
            cells = [_attempts(side) for side in sides]
            yield f"| {escaped(one.task_id)} | {' | '.join(cells)} | {escaped(one.why)} |"
        yield ""
        if group.n > _MOST_PROBLEMS:
            yield f"{group.n - _MOST_PROBLEMS:,} more of these are in the report."
            yield ""


def _attempts(one: Attempts | None) -> str:
    return "–" if one is None else escaped(one.text)


def _cell(value: Cell | None) -> str:
    if value is None:
        return "–"
    # An estimate is digits of our own, which need no escapes.
    return str(value) if value.interval else escaped(value.text)


def _finding(finding: Finding) -> str:
    evidence = ", ".join(
        f"{escaped(name_of(name).label)} {_cell(cell(value))}" for name, value in list(finding.evidence.items())[:8]
    )
    parts = [f"- **{_sign(finding.severity, SEVERITY_WORDS)}** {escaped(finding.message)}"]
    parts += [f"({evidence})"] if evidence else []
    parts += [f"**Next:** {escaped(finding.hint)}"] if finding.hint else []
    return " ".join(parts)


def _sign(word: str, words: dict[str, str]) -> str:
    known = word if word in words else "unknown"
    return f"{_SIGNS[known]} {words.get(known, known)}"


def _origin(result: RunResult) -> str:
    return escaped(" · ".join(part for part in (f"tunecheck {result.version}".strip(), result.created) if part))
