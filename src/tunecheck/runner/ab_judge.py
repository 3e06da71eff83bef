"""A/B judge: language models asked about the pairs of a stored test, in both orders, and what came of it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunecheck import store
from tunecheck.core import JSON
from tunecheck.errors import CannotRun, InputError
from tunecheck.judges import ChatServer, ServerAddress, parse_address
from tunecheck.runner.judge_figures import JudgeFigures, judge_figures
from tunecheck.runner.judge_keys import judge_keys
from tunecheck.runner.judging import Judge, Judging
from tunecheck.runner.progress import Progress, Silent
from tunecheck.runner.studies import current_comparison

Connect = Callable[[ServerAddress, str, int], Judge]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStudy:
    """What judges did with the pairs of a test: one record each, in the order in which they were named."""

    folder: str
    judges: tuple[JudgeFigures, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to ask."""
        return all(one.is_complete for one in self.judges)

    def document(self) -> dict[str, JSON]:
        """For scripts."""
        return {"folder": self.folder, "judges": [one.document() for one in self.judges]}


def judge_ab(
    run: str | Path,
    judges: Sequence[str] | str,
    *,
    limit: int | None = None,
    api_key_env: Sequence[str] | str | None = None,
    send: bool = False,
    timeout_s: float = 120.0,
    max_tokens: int = 1024,
    price_per_million: tuple[float, float] | None = None,
    concurrency: int = 4,
    canaries: int = 4,
    progress: Progress | None = None,
    connect: Connect | None = None,
) -> JudgedStudy:
    """Ask judges about the pairs of the A/B test in ``run``, each pair in both orders; what has a verdict is not asked.

    judges             addresses of the form openai:http://HOST:PORT/v1#NAME
    limit              only the first pairs, in the order in which they count
    api_key_env        the environment variable that holds the key; HOST=VARIABLE where they are at several
    send               whether texts may go to servers on other machines
    timeout_s          for one exchange in all; max_tokens: of a reply, thinking included
    price_per_million  of tokens read and tokens written, to tell the cost
    concurrency        questions under way at once
    canaries           further questions in which the losing answer asks to be chosen; they are no votes
    connect            makes what asks from address, key and the study's seed; by default a ChatServer

    Each verdict is kept when it comes: killed and typed again, it goes on, and what failed is asked again. Raises
    InputError for what the user can correct, and CannotRun where no judge answers.
    """
    addresses = _addresses([judges] if isinstance(judges, str) else judges)
    _check_numbers(limit, timeout_s, max_tokens, concurrency, canaries, price_per_million)
    _check_consent(addresses, send=send)
    keys = judge_keys(addresses, [api_key_env] if isinstance(api_key_env, str) else api_key_env or ())

    def reach(address: ServerAddress, key: str, seed: int) -> Judge:
        return ChatServer(address, key=key, timeout_s=timeout_s, max_tokens=max_tokens, seed=seed)

    heard, found, has_answer = progress or Silent(), [], False
    with store.open_studies(Path(run)) as studies:
        study = current_comparison(studies, str(run))
        n_wanted = len(study.pairs) if limit is None else min(limit, len(study.pairs))
        for address, key in zip(addresses, keys, strict=True):
            with contextlib.closing((connect or reach)(address, key, study.seed)) as judge:
                heard.say(_where(address, n_wanted, has_key=bool(key)))
                judging = Judging(study, address.name, judge, studies)
                stopped = _asked(judging, n_wanted, canaries, concurrency, heard)
                has_answer = has_answer or judging.n_answered > 0 or not stopped
                figures = judge_figures(
                    study, address.name, studies.judgements(study.number), n_wanted=n_wanted, n_asked=judging.n_asked,
                    stopped=stopped, left_out=judge.left_out, price_per_million=price_per_million,
                )  # fmt: skip
                found.append(figures)
    if not has_answer:
        raise _no_answer(found)
    return JudgedStudy(folder=str(run), judges=tuple(found))


def _asked(judging: Judging, n_wanted: int, canaries: int, concurrency: int, heard: Progress) -> str:
    """Ask all that is open; why it was stopped, or ""."""
    plain = judging.plain(n_wanted)
    stopped = ""
    if plain:
        heard.start("judging", len(plain), "questions")
        stopped = judging.ask_all(plain, n_workers=concurrency, progress=heard)
        heard.finish()
    attacks = [] if stopped else judging.canaries(canaries)
    if not attacks:
        return stopped
    heard.start("judging canaries", len(attacks), "questions")
    stopped = judging.ask_all(attacks, n_workers=concurrency, progress=heard)
    heard.finish()
    return stopped


def _addresses(judges: Sequence[str]) -> list[ServerAddress]:
    if not judges:
        raise InputError("no judge is named", hint="--judge openai:http://127.0.0.1:8000/v1#NAME")
    return list({address.name: address for address in map(parse_address, judges)}.values())


def _check_numbers(
    limit: int | None,
    timeout_s: float,
    max_tokens: int,
    concurrency: int,
    canaries: int,
    prices: tuple[float, float] | None,
) -> None:
    wrong = [
        f"{name} is {value:g}, and {least} is the least"
        for name, value, least in (
            ("limit", 1 if limit is None else limit, 1),
            ("max_tokens", max_tokens, 1),
            ("concurrency", concurrency, 1),
            ("canaries", canaries, 0),
        )
        if value < least
    ]
    if not (math.isfinite(timeout_s) and timeout_s > 0):
        wrong.append(f"timeout_s is {timeout_s:g}, and a deadline is a positive number of seconds")
    if prices is not None and not all(math.isfinite(price) and price >= 0 for price in prices):
        wrong.append(f"the prices are {prices[0]:g} and {prices[1]:g}, and a price is not below 0")
    if wrong:
        raise InputError("; ".join(wrong), hint="tunecheck ab judge --help")


def _check_consent(addresses: Sequence[ServerAddress], *, send: bool) -> None:
    away = sorted({address.host for address in addresses if not address.is_here})
    if away and not send:
        raise InputError(
            f"{', '.join(away)} {'is' if len(away) == 1 else 'are'} not this machine: the prompts, references and "
            "answers of all judged pairs would go there",
            hint="if they may, add --send; or serve a judge on this machine",
        )


def _where(address: ServerAddress, n_pairs: int, *, has_key: bool) -> str:
    where = "stay on this machine" if address.is_here else f"go to {address.host}"
    clear = "" if address.is_here or address.is_encrypted else ", unencrypted" + (", and so does the key" * has_key)
    return f"{address.name}: the texts of {n_pairs:,} pairs {where}{clear}"


def _no_answer(found: Sequence[JudgeFigures]) -> CannotRun:
    first = found[0].judge.removeprefix("openai:").partition("#")[0]
    return CannotRun(
        "no judge answers: " + "; ".join(f"{one.judge}: {one.stopped}" for one in found),
        hint=f"start the server, and see what it serves: curl {first}/models",
    )
