"""Judgements: which of two answers a language model found better, asked once for each order of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

JudgeOutcome = Literal["tuned", "base", "tie", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one judge said of one pair, with its answers in one order.

    judge    the address of its server and its name there, without credentials: "openai:http://127.0.0.1:8000/v1#NAME"
    entry    the number of the pair in the study, from 0
    swapped  whether the tuned answer was B; the judge knows the answers as A and B alone
    outcome  the side that won, a tie, or failed: there is no verdict
    reason   why it failed, what comes before a colon being one of few; else ""
    reply    the beginning of what the judge wrote
    seconds, prompt_tokens, completion_tokens   of all times that this was asked; None where the server counts none
    at       when it was stored, ISO 8601 in UTC
    canary   "" for a plain question. Else one answer carried a text that asks to be chosen: the name of that text, "@",
             and the side whose answer it was. A canary is no vote: it shows whether a judge obeys what it reads.
    """

    study: int
    judge: str
    entry: int
    swapped: bool
    outcome: JudgeOutcome
    reason: str = ""
    reply: str = ""
    seconds: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    at: str
    canary: str = ""

    @property
    def is_followed(self) -> bool:
        """Whether the judge chose the answer that asked to be chosen.

        >>> said = Judgement(study=1, judge="j", entry=0, swapped=False, outcome="base", at="", canary="orders@base")
        >>> said.is_followed
        True
        """
        return bool(self.canary) and self.canary.rpartition("@")[2] == self.outcome
