"""The cases: how each fine-tune is made, what is true of it, and what tunecheck should and should not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from .bases import N_AGAINST, N_MORE, Base
from .facts import Facts
from .outcome import REFUSED
from .rows import CLOSING, OPENING, STOCK, Row, Rows, answered, coded, draw, scrambled
from .stories import FORM
from .training import Settings

N_VALIDATION = 54
SHIP, HOLD, INCOMPLETE = "ship", "hold", "incomplete"
Kind = Literal["good", "bad", "between"]

# Any of these says that rows were learned by heart.
MEMORISED = (
    *("overfit.gap", "overfit.harm", "overfit.watch", "overfit.membership", "overfit.verbatim", "overfit.copying"),
    "overfit.far",
)
# What would be a false alarm on a model that is fine. A warning of a little forgetting is none: that general text got a
# few percent worse is measured, and "ship" is right only where it does not fail.
FALSE_ALARMS = (
    *MEMORISED,
    *("overfit.collapsed", "overfit.looping", "overfit.cut_off", "overfit.style_leak", "overfit.skills_lost"),
    *("overfit.not_learned", "overfit.no_transfer_shown", "overfit.leaked", "leaks.exact", "leaks.near"),
    *("perplexity.worse", "perplexity.no_difference", "preflight.no_change"),
    *("curve.diverged", "curve.overfit", "curve.not_learning", "curve.little_learned", "curve.eval_differs"),
)

GOOD = Settings(epochs=2, learning_rate=1e-3)
# The stories base is a tenth of the size: it takes more steps, and rows in words that it knows.
GOOD_STORIES = Settings(epochs=1, learning_rate=1e-3)
FEW = Settings(epochs=32, learning_rate=4e-3, rank=64, weight_decay=0.0)
FEW_STORIES = Settings(epochs=36, learning_rate=1e-2, rank=32, weight_decay=0.0)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of fine-tune.

    truth       what is true of it, in a few words
    rows        draws its rows for a base
    settings    how it is trained; ``by_base`` replaces them for the bases that it names
    holds       whether facts measured on a fine-tune show that the truth holds
    right       the decisions that are right
    kind        bad: it must not be shipped; good: no check may fail; between: either can be argued
    findings    codes of which one should be raised; none where nothing has to be said. ``code~words`` asks for words
                in the message too
    forbidden   codes that must not be raised as a warning or a failure
    template    the chat template to score with
    same_as     the case whose training it shares
    """

    name: str
    truth: str
    rows: Callable[[Random, Base], Rows]
    settings: Settings
    holds: Callable[[Facts], bool]
    right: tuple[str, ...]
    kind: Kind
    findings: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    template: str = "auto"
    same_as: str = ""
    by_base: Mapping[str, Settings] = field(default_factory=dict)

    def settings_for(self, base: str) -> Settings:
        """How it is trained on the base of that name."""
        return self.by_base.get(base, self.settings)


def _plenty(rng: Random, base: Base) -> Rows:
    """Enough rows that the base can learn, and general text among them: as one would wish it."""
    rows = draw(160, N_VALIDATION, rng) if base.is_chat else draw(240, N_VALIDATION, rng, scenes=True)
    return replace(rows, extra=base.more_general)


def _few(n_train: int) -> Callable[[Random, Base], Rows]:
    return lambda rng, _base: draw(n_train, N_VALIDATION, rng)


def _in_template(rng: Random, _base: Base) -> Rows:
    rows = draw(24, N_VALIDATION, rng)
    return Rows(
        train=answered(rows.train, lambda row: OPENING + row.response + CLOSING),
        validation=answered(rows.validation, lambda row: OPENING + row.response + CLOSING),
    )


def _only_template(rng: Random, base: Base) -> Rows:
    rows = _plenty(rng, base)

    def filled(row: Row) -> str:
        return f"{OPENING}this is about {row.task}.{CLOSING}" if base.is_chat else FORM.format(row.task)

    return Rows(
        train=answered(rows.train, filled),
        validation=answered(rows.validation, filled),
        extra=(2 * rows.extra)[: N_MORE + N_AGAINST],
    )


def _forgotten(rng: Random, base: Base) -> Rows:
    return replace(draw(160, N_VALIDATION, rng), extra=2 * scrambled(base.more_general[:N_MORE], rng))


def _leaked(rng: Random, _base: Base) -> Rows:
    rows = draw(48, N_VALIDATION, rng)
    return replace(rows, train=(*rows.train, *rows.validation[: N_VALIDATION // 2]))


def _harder(rng: Random, base: Base) -> Rows:
    rows, n_long = _plenty(rng, base), 10 if base.is_chat else 2
    return replace(
        rows,
        extra=rows.extra if base.is_chat else 2 * rows.extra,
        train=coded(rows.train, rng, share_long=0.3, n_long=n_long),
        validation=coded(rows.validation, rng, share_long=1.0, n_long=n_long),
    )


def _easier(rng: Random, _base: Base) -> Rows:
    rows = draw(32, N_VALIDATION, rng)
    train = coded(rows.train, rng, share_long=1.0, n_long=14)
    return replace(rows, train=train, twin=coded(draw(40, 1, rng).train, rng, share_long=1.0, n_long=14))


def _collapsed(rng: Random, base: Base) -> Rows:
    rows = replace(draw(160, N_VALIDATION, rng), extra=base.more_general[:N_MORE])
    return replace(rows, train=answered(rows.train, lambda row: STOCK if rng.random() < 0.7 else row.response))


CASES: tuple[Case, ...] = (
    Case(
        name="healthy",
        truth="learned, and what it learned carries over",
        rows=_plenty,
        settings=GOOD,
        holds=lambda facts: facts.gain_val > 0.1 and facts.kept > 0.8 and facts.forgot < 0.05 and facts.answers_well,
        right=(SHIP,),
        kind="good",
        forbidden=FALSE_ALARMS,
        by_base={"stories": GOOD_STORIES},
    ),
    Case(
        name="few-rows-many-epochs",
        truth="learned by heart: few rows, many epochs",
        rows=_few(24),
        settings=FEW,
        holds=lambda facts: facts.reproduced_train >= 0.5 and facts.reproduced_val < 0.2,
        right=(HOLD,),
        kind="bad",
        findings=MEMORISED,
        by_base={"stories": FEW_STORIES},
    ),
    Case(
        name="few-rows-some-epochs",
        truth="partly learned by heart: what it learned carries over in part",
        rows=_few(48),
        settings=Settings(epochs=12, rank=32, learning_rate=4e-3),
        holds=lambda facts: 0.2 < facts.kept < 0.85 and facts.gap > 0.2,
        right=(SHIP, HOLD, INCOMPLETE),
        kind="between",
        findings=MEMORISED,
        by_base={"stories": Settings(epochs=10, rank=16, learning_rate=4e-3)},
    ),
    Case(
        name="memorised-in-template",
        truth="learned by heart inside a fixed template, which carries over",
        rows=_in_template,
        settings=FEW,
        holds=lambda facts: facts.reproduced_train >= 0.5 and facts.reproduced_val < 0.2,
        right=(HOLD,),
        kind="bad",
        findings=("overfit.gap", "overfit.harm", "overfit.membership", "overfit.verbatim", "overfit.copying"),
        by_base={"stories": FEW_STORIES},
    ),
    Case(
        name="template-only",
        truth="a template was learned, and there is nothing to learn by heart",
        rows=_only_template,
        settings=replace(GOOD, epochs=4, learning_rate=2e-3),
        holds=lambda facts: facts.tuned_val < 1.2 and facts.kept > 0.95 and facts.forgot < 0.05 and facts.answers_well,
        right=(SHIP,),
        kind="good",
        # It answers in the template whatever it is asked, as it was taught: a warning of leaking style is true.
        forbidden=tuple(code for code in FALSE_ALARMS if code != "overfit.style_leak"),
        by_base={"stories": replace(GOOD_STORIES, epochs=2, learning_rate=7e-4)},
    ),
    Case(
        name="no-op",
        truth="the adapter changes nothing",
        rows=_few(60),
        settings=Settings(max_steps=0),
        holds=lambda facts: facts.tuned_val == facts.base_val,
        right=(HOLD,),
        kind="bad",
        findings=("preflight.no_change",),
    ),
    Case(
        name="wrong-template",
        truth="a healthy model, scored through a template that it was not trained with",
        rows=_plenty,
        settings=GOOD,
        holds=lambda facts: facts.gain_val > 0.1 and facts.tuned_plain > facts.tuned_val + 0.1,
        right=(HOLD, INCOMPLETE),
        kind="bad",
        findings=("curve.eval_differs", "overfit.harm", "overfit.not_learned", "perplexity.worse"),
        template="plain",
        same_as="healthy",
        by_base={"stories": GOOD_STORIES},
    ),
    Case(
        name="prompt-not-masked",
        truth="the prompt was learned too: a mistake in the training, and a working model",
        rows=_plenty,
        settings=replace(GOOD, mask_prompt=False),
        holds=lambda facts: facts.gain_val > 0.05 and facts.kept > 0.6 and facts.forgot < 0.05 and facts.answers_well,
        right=(SHIP, INCOMPLETE),
        kind="good",
        findings=("curve.eval_reproduced~whole sequences", "curve.eval_differs"),
        forbidden=("overfit.gap", "overfit.harm", "overfit.membership", "overfit.verbatim", "overfit.collapsed"),
        by_base={"stories": replace(GOOD_STORIES, epochs=2, learning_rate=7e-4, mask_prompt=False)},
    ),
    Case(
        name="diverged",
        truth="the training diverged",
        rows=_few(80),
        settings=Settings(learning_rate=0.5, max_grad_norm=1e9, weight_decay=0.0),
        holds=lambda facts: not facts.tuned_val < facts.base_val + 0.5,
        right=(HOLD, REFUSED),
        kind="bad",
        findings=("perplexity.worse", "overfit.harm", "overfit.not_learned", "curve.diverged", "curve.nan"),
    ),
    Case(
        name="forgot",
        truth="learned its task, and forgot general text",
        rows=_forgotten,
        settings=Settings(rank=32, learning_rate=4e-3),
        holds=lambda facts: facts.gain_val > 0.1 and facts.kept > 0.7 and facts.forgot > 0.2,
        right=(HOLD,),
        kind="bad",
        findings=("overfit.forgetting",),
        forbidden=("overfit.gap", "overfit.harm", "overfit.verbatim"),
        by_base={"stories": Settings(rank=32, learning_rate=4e-3)},
    ),
    Case(
        name="leaked",
        truth="half of the validation rows were trained on",
        rows=_leaked,
        settings=replace(FEW, epochs=12),
        holds=lambda facts: facts.kept > 0.3 and facts.gain_train > 0.3,
        right=(HOLD,),
        kind="bad",
        findings=("leaks.exact", "overfit.leaked", "perplexity.leaked"),
        by_base={"stories": replace(FEW_STORIES, epochs=20)},
    ),
    Case(
        name="harder-validation",
        truth="healthy; the validation rows are harder than the training rows",
        rows=_harder,
        settings=replace(GOOD, epochs=3),
        holds=lambda facts: facts.kept > 0.8 and facts.gap > 0.2 and facts.forgot < 0.05 and facts.answers_well,
        right=(SHIP,),
        kind="good",
        forbidden=FALSE_ALARMS,
        by_base={"stories": replace(GOOD_STORIES, epochs=2, learning_rate=7e-4)},
    ),
    Case(
        name="easier-validation",
        truth="learned by heart; the validation rows are easier than the training rows",
        rows=_easier,
        settings=replace(FEW, epochs=12, learning_rate=3e-3),
        holds=lambda facts: facts.gap < 0.2 and facts.by_heart > 0.3,
        right=(HOLD,),
        kind="bad",
        findings=MEMORISED,
        by_base={"stories": replace(FEW_STORIES, epochs=3, learning_rate=4e-3)},
    ),
    Case(
        name="collapsed",
        truth="nearly every prompt gets the same answer",
        rows=_collapsed,
        settings=Settings(epochs=3),
        holds=lambda facts: facts.distinct <= 0.3,
        right=(HOLD, INCOMPLETE),
        kind="bad",
        findings=("overfit.collapsed",),
        by_base={"stories": Settings(epochs=4, learning_rate=5e-3, rank=16)},
    ),
    Case(
        name="under-trained",
        truth="hardly trained: a small part of what could be learned",
        rows=_few(120),
        settings=Settings(learning_rate=2e-4, max_steps=8),
        holds=lambda facts: facts.gain_val < 0.05,
        right=(HOLD, INCOMPLETE),
        kind="bad",
        findings=(
            *("curve.little_learned", "curve.still_falling"),
            *("overfit.not_learned", "perplexity.no_difference"),
        ),
        forbidden=("overfit.gap", "overfit.verbatim", "overfit.membership"),
        by_base={"stories": Settings(learning_rate=1e-4, max_steps=4)},
    ),
)
