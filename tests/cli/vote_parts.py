"""What tests of rating and voting in the terminal share: a study, a rater who types lines, and what was kept."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tunecheck.cli.compare_session import CompareSession
from tunecheck.cli.vote_console import LineConsole
from tunecheck.cli.vote_session import VoteSession
from tunecheck.core import PairStudy, ReviewStudy, SheetAnswer, Side
from tunecheck.runner import RatingDesk, VotingDesk, current_comparison, current_study
from tunecheck.runner.studies import keep_study
from tunecheck.store import SqliteStudyStore, open_studies
from tunecheck.study import AXES, PairStanding, Standing

# A program that was started in the background of a script inherits that Ctrl-C is ignored.
_BEGIN = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
COMMAND = f"{_BEGIN}from tunecheck.cli.review_vote import command; sys.exit(command.main(standalone_mode=False))"
COMPARE_COMMAND = f"{_BEGIN}from tunecheck.cli.ab_vote import command; sys.exit(command.main(standalone_mode=False))"
# Nobody reads here, so a key may come at once.
QUICK_COMPARE_COMMAND = f"import tunecheck.cli.compare_session as c; c.LEAST_LOOK_S = 0.0; {COMPARE_COMMAND}"
SIDES: tuple[Side, ...] = ("tuned", "base")
HOSTILE_TO_TERMINALS = (
    "\x1b]0;title\x07 \x1b]8;;https://off-origin.example\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[31mred \x9b31m \x90q\x9c "
    "\x1bP1$r\x1b\\ \r over \b\b\b \u202e turned \u200b \u2066 \x00 &#27;[2J &#x202e;"
)


def study_of(n_items: int, generated: str = "said {item} {side}", *, reference: str = "a good answer") -> ReviewStudy:
    answers = tuple(
        SheetAnswer(
            item=f"item-{number}",
            side=side,
            prompt=f"question {number}",
            reference=reference,
            generated=generated.replace("{item}", str(number)).replace(
                "{side}", "left" if side == "tuned" else "right"
            ),
            unit=f"item-{number}",
            source="hidden-model.jsonl",
        )
        for number in range(n_items)
        for side in SIDES
    )
    return ReviewStudy(
        number=0, title="hidden-model", created="2026-03-01", secret="5e" * 32, seed=42, axes=AXES, answers=answers,
        signature="hidden-model#1",
    )  # fmt: skip


def folder_with(folder: Path, study: ReviewStudy | PairStudy) -> Path:
    with open_studies(folder, create=True) as store:
        keep_study(store, study)
    return folder


@contextmanager
def desk_in(folder: Path, rater: str = "rater 1") -> Iterator[RatingDesk]:
    with open_studies(folder) as store:
        yield desk_of(store, rater)


def desk_of(store: SqliteStudyStore, rater: str = "rater 1") -> RatingDesk:
    return RatingDesk(store, current_study(store), store.add_rater(rater), rated_with="terminal")


def ticking(step_s: float = 2.0) -> Callable[[], float]:
    """A clock that goes on by so much each time it is read."""
    times = iter(range(1_000_000))
    return lambda: next(times) * step_s


def typed(folder: Path, *lines: str, clock: Callable[[], float] | None = None, width: int = 80) -> str:
    """What a session shows in which these lines are typed, and then no more come."""
    out = io.StringIO()
    with desk_in(folder) as desk:
        VoteSession(desk, _console(out, lines, width), monotonic_s=clock or ticking()).run()
    return out.getvalue()


def said(folder: Path, place: int, rater: str = "rater 1") -> Standing:
    """What holds of one place of a rater's sheet."""
    with desk_in(folder, rater) as desk:
        return desk.look().at(desk.slots[place])


@contextmanager
def pairs_in(folder: Path, rater: str = "rater 1") -> Iterator[VotingDesk]:
    with open_studies(folder) as store:
        yield VotingDesk(store, current_comparison(store), store.add_rater(rater), rated_with="terminal")


def compared(folder: Path, *lines: str, clock: Callable[[], float] | None = None, width: int = 80) -> str:
    """What a session at an A/B test shows in which these lines are typed, and then no more come."""
    out = io.StringIO()
    with pairs_in(folder) as desk:
        CompareSession(desk, _console(out, lines, width), monotonic_s=clock or ticking()).run()
    return out.getvalue()


def voted(folder: Path, place: int, rater: str = "rater 1") -> PairStanding:
    """What holds of one place of a rater's pairs."""
    with pairs_in(folder, rater) as desk:
        return desk.look().at(desk.slots[place])


def _console(out: io.StringIO, lines: Sequence[str], width: int) -> LineConsole:
    script = iter(lines)

    def read_line(question: str) -> str:
        out.write(question)
        try:
            return next(script)
        except StopIteration:
            raise EOFError from None

    return LineConsole(out, read_line=read_line, width=width)
