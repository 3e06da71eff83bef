"""Suggestions: each reads a setting, and none repeats what is sensible already."""

from __future__ import annotations

import pytest

from tunecheck.checks import suggestions
from tunecheck.core import TrainingSettings

KNOWN = {"epochs": 3, "rank": 16, "lora_dropout": 0.1, "weight_decay": 0.01}


@pytest.mark.parametrize(
    ("known", "rows", "expected"),
    [
        ({}, 5000, ()),
        ({}, None, ()),
        ({"epochs": 30}, 5000, ("epochs 30 to 3",)),
        ({"epochs": 30, "epochs_done": 4.5}, 5000, ("epochs 4.5 to 3",)),
        (
            {"epochs": 30, "best_epoch": 2.8, "best_step": 120, "last_step": 1280},
            5000,
            ("stop at epoch 2.8 (step 120), where the evaluation loss was lowest, instead of 30",),
        ),
        (
            {"best_step": 120, "last_step": 1280},
            5000,
            ("stop at step 120, where the evaluation loss was lowest, instead of step 1280",),
        ),
        ({"epochs": 30, "best_step": 1280, "last_step": 1280}, 5000, ()),
        ({"epochs": 30, "best_step": 1280}, 5000, ("epochs 30 to 3",)),
        ({"rank": 64, "alpha": 128}, 5000, ("rank 64 to 16 (lora_alpha 128 to 32 keeps the scaling)",)),
        ({"rank": 64}, 5000, ("rank 64 to 16",)),
        ({"lora_dropout": 0.0}, 5000, ("lora_dropout 0 to 0.1",)),
        ({"weight_decay": 0.0}, 5000, ("weight_decay 0 to 0.01",)),
        ({}, 240, ("240 training rows: gather more, a few thousand is usual",)),
        ({}, 1, ("1 training row: gather more, a few thousand is usual",)),
        ({"rank": None}, 5000, ("rank is not known here: a smaller rank can hold overfitting back",)),
    ],
)
def test_each_setting_leads_to_its_suggestion(
    known: dict[str, float | None], rows: int | None, expected: tuple[str, ...]
) -> None:
    assert suggestions(TrainingSettings(**{**KNOWN, **known}), rows) == expected  # type: ignore[arg-type]


def test_all_of_them_come_strongest_first() -> None:
    settings = TrainingSettings(
        epochs=30, best_epoch=2.8, best_step=120, last_step=1280, rank=64, alpha=128, lora_dropout=0, weight_decay=0
    )
    assert suggestions(settings, 240) == (
        "stop at epoch 2.8 (step 120), where the evaluation loss was lowest, instead of 30",
        "rank 64 to 16 (lora_alpha 128 to 32 keeps the scaling)",
        "lora_dropout 0 to 0.1",
        "weight_decay 0 to 0.01",
        "240 training rows: gather more, a few thousand is usual",
    )


def test_what_is_not_known_is_said_once() -> None:
    assert suggestions(TrainingSettings(), 5000) == (
        "epochs, rank, lora_dropout and weight_decay are not known here: fewer epochs, a smaller rank, some dropout "
        "and some weight decay can hold overfitting back",
    )


def test_a_method_without_lora_is_not_told_of_rank_and_dropout() -> None:
    assert suggestions(TrainingSettings(method="full", epochs=2), 5000) == (
        "weight_decay is not known here: some weight decay can hold overfitting back",
    )
