"""The HTML page: one file, no scripts, no network, everything from data escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tunecheck.core import CheckResult, ExhibitList, Finding, RunResult, Status, Verdict
from tunecheck.report.check_tables import n_shown, tables_of
from tunecheck.report.code_view import code_view
from tunecheck.report.confusion import Matrix, class_tables, matrices
from tunecheck.report.figures import figures
from tunecheck.report.interval_figure import Figure
from tunecheck.report.items import item_lists, n_unusable
from tunecheck.report.problems import ProblemGroup, problem_groups, shut_in
from tunecheck.report.row_table import row_table
from tunecheck.report.tables import Cell, Table, cell, interval_notes
from tunecheck.report.text import LABEL_CHARACTERS, excerpt, shortened, visible, visible_html
from tunecheck.report.words import SEVERITY_WORDS, STATUS_WORDS, VERDICT_SENTENCES, VERDICT_WORDS, name_of

MOST_FINDINGS = 40
_MOST_EVIDENCE = 20
_TEMPLATES = "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One check on the page; ``is_line`` when there is nothing below its summary. ``details`` are tables to unfold."""

    anchor: str
    title: str
    check: CheckResult
    status: Status
    tables: tuple[Table, ...]
    details: tuple[Table, ...]
    figures: tuple[Figure, ...]
    lists: tuple[ExhibitList, ...]
    interval_notes: tuple[str, ...]
    n_unusable: int
    matrices: tuple[Matrix, ...] = ()
    problems: tuple[ProblemGroup, ...] = ()
    shut_in: str = ""

    @property
    def details_title(self) -> str:
        """What the tables to unfold hold."""
        return "More numbers of each sign" if self.check.signs else "More numbers"

    @property
    def is_line(self) -> bool:
        """A check that has nothing but its summary to show."""
        return not (self.tables or self.figures or self.lists or self.check.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that the page has room for."""
        return self.check.findings[:MOST_FINDINGS]

    @property
    def n_findings_left_out(self) -> int:
        """Findings that only results.json holds."""
        return len(self.check.findings) - len(self.findings)


def render(result: RunResult) -> str:
    """The page of a run."""
    sections = _sections(result)
    style = _style()
    html = (
        _environment()
        .get_template("report.html")
        .render(
            result=result,
            verdict=result.verdict,
            decision=_known(result.verdict.decision, VERDICT_WORDS, "incomplete"),
            sections=sections,
            anchors=_anchors(sections),
            style=Markup(style),  # noqa: S704 (our own stylesheet)
            style_hash=_hash(style),
        )
    )
    return html.encode("utf-8", "replace").decode("utf-8")


def _anchors(sections: Sequence[Section]) -> dict[str, str]:
    """Where each check stands, and each step of the checklist: of several checks, such as tasks, the first."""
    anchors = {section.check.check: section.anchor for section in sections}
    steps = {name.partition(".")[0]: anchor for name, anchor in reversed(anchors.items())}
    return steps | anchors


def verdict_of(verdict: Verdict) -> tuple[str, str]:
    """The decision as a word and as a sentence."""
    decision = _known(verdict.decision, VERDICT_WORDS, "incomplete")
    return VERDICT_WORDS[decision], VERDICT_SENTENCES[decision]


def titles(result: RunResult) -> dict[str, str]:
    """What each check is called, in the order of the checklist: as there, or else by its name."""
    steps = {step.name: step.title for step in result.verdict.checklist}
    places = {name: place for place, name in enumerate(steps)}
    names = sorted(result.checks, key=lambda name: places.get(name.partition(".")[0], len(places)))
    return {name: steps.get(name) or _capital(_label(name)) for name in names}


def _label(name: str) -> str:
    step, dot, task = name.partition(".")
    return f"Task: {task}" if dot and step == "tasks" else name_of(name).label


def _sections(result: RunResult) -> tuple[Section, ...]:
    return tuple(
        _section(f"check-{place}-{_slug(name)}", title, result.checks[name])
        for place, (name, title) in enumerate(titles(result).items(), start=1)
    )


def _section(anchor: str, title: str, check: CheckResult) -> Section:
    tables = tables_of(check)
    n_open = n_shown(check, tables)
    return Section(
        anchor=anchor,
        title=title,
        check=check,
        status=_known(check.status, STATUS_WORDS, "unknown"),
        tables=tables[:n_open],
        details=(*tables[n_open:], *class_tables(check), *([rows] if (rows := row_table(check)) else [])),
        figures=figures(check),
        lists=item_lists(check),
        interval_notes=interval_notes(check),
        n_unusable=n_unusable(check),
        matrices=matrices(check),
        problems=problem_groups(check),
        shut_in=shut_in(check),
    )


@cache
def _environment() -> Environment:
    """Every value that a template prints passes ``_shown``, so that no filter can be forgotten."""
    environment = Environment(
        loader=PackageLoader("tunecheck.report", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": lambda text: Markup(escape(visible(shortened(str(text), LABEL_CHARACTERS)))),  # noqa: S704 (escaped)
        "brief": lambda text: visible_html(shortened(str(text), LABEL_CHARACTERS)),
        "whole": lambda text: visible_html(str(text)),
        "excerpt": excerpt,
        "program": code_view,
        "evidence": _evidence,
        "status": lambda status: _known(status, STATUS_WORDS, "unknown"),
        "severity": lambda severity: _known(severity, SEVERITY_WORDS, "warn"),
        "verdict_word": VERDICT_WORDS.__getitem__,
        "verdict_sentence": VERDICT_SENTENCES.__getitem__,
        "status_word": STATUS_WORDS.__getitem__,
        "severity_word": SEVERITY_WORDS.__getitem__,
    }
    return environment


def _shown(value: Any) -> Markup:
    """A value as HTML: our own markup as it is, all else shortened, escaped, and made visible."""
    return value if isinstance(value, Markup) else visible_html(shortened(str(value)))


def _evidence(finding: Finding) -> list[tuple[str, Cell]]:
    pairs = list(finding.evidence.items())[:_MOST_EVIDENCE]
    return [(name_of(name).label, cell(value)) for name, value in pairs]


def _known(word: str, words: Mapping[str, str], otherwise: str) -> Any:
    """A word that stands in class names must be one of ours, whatever the record holds."""
    return word if word in words else otherwise


@cache
def _style() -> str:
    templates = files("tunecheck.report").joinpath(_TEMPLATES)
    return "".join(templates.joinpath(name).read_text("utf-8") for name in ("palette.css", "report.css"))


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-")
