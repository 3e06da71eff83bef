"""Suggestions: what to change in the next fine-tune, read off the settings of this one."""

from __future__ import annotations

from collections.abc import Iterator

from tunecheck.checks.phrases import listed, number
from tunecheck.core import TrainingSettings

# Where a suggestion leads. Starting points that LoRA recipes commonly use, none of them a law of nature.
USUAL_EPOCHS = 3
USUAL_RANK = 16
USUAL_LORA_DROPOUT = 0.1
USUAL_WEIGHT_DECAY = 0.01
FEW_TRAIN_ROWS = 1000


def suggestions(settings: TrainingSettings, n_train_rows: int | None) -> tuple[str, ...]:
    """Concrete next steps against overfitting, the strongest first; what is sensible already is left out.

    Settings that the output folder does not tell are named once, with the general advice on them.

    >>> suggestions(TrainingSettings(epochs=30, rank=8, lora_dropout=0.1, weight_decay=0.01), 5000)
    ('epochs 30 to 3',)
    """
    found = [*_training_length(settings), *_rank(settings), *_dropout(settings), *_weight_decay(settings)]
    if n_train_rows is not None and n_train_rows < FEW_TRAIN_ROWS:
        rows = f"{n_train_rows:,} training row{'' if n_train_rows == 1 else 's'}"
        found.append(f"{rows}: gather more, a few thousand is usual")
    unknown = list(_unknown(settings))
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        names, advice = listed([name for name, _ in unknown]), listed([advice for _, advice in unknown])
        found.append(f"{names} {verb} not known here: {advice} can hold overfitting back")
    return tuple(found)


def _training_length(settings: TrainingSettings) -> Iterator[str]:
    best, last = settings.best_step, settings.last_step
    ran = settings.epochs_done if settings.epochs_done is not None else settings.epochs
    if best is not None and last is not None and best < last:
        if settings.best_epoch is not None and ran is not None:
            where, instead = f"epoch {number(settings.best_epoch)} (step {best})", number(ran)
        else:
            where, instead = f"step {best}", f"step {last}"
        yield f"stop at {where}, where the evaluation loss was lowest, instead of {instead}"
    elif (best is None or last is None) and ran is not None and ran > USUAL_EPOCHS:
        yield f"epochs {number(ran)} to {USUAL_EPOCHS}"


def _rank(settings: TrainingSettings) -> Iterator[str]:
    rank, alpha = settings.rank, settings.alpha
    if rank is None or rank <= USUAL_RANK:
        return
    scaling = "" if alpha is None else _scaling(alpha, rank)
    yield f"rank {rank} to {USUAL_RANK}{scaling}"


def _scaling(alpha: float, rank: int) -> str:
    # LoRA multiplies its update by alpha / rank, so a smaller rank alone would also mean larger steps.
    return f" (lora_alpha {alpha:g} to {alpha * USUAL_RANK / rank:g} keeps the scaling)"


def _dropout(settings: TrainingSettings) -> Iterator[str]:
    if settings.lora_dropout == 0:
        yield f"lora_dropout 0 to {USUAL_LORA_DROPOUT:g}"


def _weight_decay(settings: TrainingSettings) -> Iterator[str]:
    if settings.weight_decay == 0:
        yield f"weight_decay 0 to {USUAL_WEIGHT_DECAY:g}"


def _unknown(settings: TrainingSettings) -> Iterator[tuple[str, str]]:
    """Names of unknown settings with the advice on each; a method without LoRA has no rank and no lora_dropout."""
    adapter = settings.method is None or "lora" in settings.method.lower()
    if settings.epochs is None and settings.epochs_done is None and settings.best_step is None:
        yield "epochs", "fewer epochs"
    if adapter and settings.rank is None:
        yield "rank", "a smaller rank"
    if adapter and settings.lora_dropout is None:
        yield "lora_dropout", "some dropout"
    if settings.weight_decay is None:
        yield "weight_decay", "some weight decay"
