"""What the names in logs mean."""

from __future__ import annotations

import pytest

from tunecheck.training.names import meaning


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("loss", ("loss", "train", "")),
        ("train/loss", ("loss", "train", "")),
        ("Train Loss", ("loss", "train", "")),
        ("training_loss", ("loss", "train", "")),
        ("eval_loss", ("loss", "eval", "")),
        ("val_loss", ("loss", "eval", "")),
        ("Validation Loss", ("loss", "eval", "")),
        ("eval/loss", ("loss", "eval", "")),
        ("eval_g0_loss", ("loss", "eval", "g0")),
        ("eval/law/loss", ("loss", "eval", "law")),
        ("test_loss", ("loss", "eval", "test")),
        ("lr", ("learning_rate", "train", "")),
        ("train/grad_norm", ("grad_norm", "train", "")),
        ("mean_token_accuracy", ("token_accuracy", "train", "")),
        ("eval_mean_token_accuracy", ("token_accuracy", "eval", "")),
        ("rewards/chosen", ("rewards/chosen", "train", "")),
        ("eval_rewards/chosen", ("rewards/chosen", "eval", "")),
        ("aux_loss", ("aux_loss", "train", "")),
        ("eval_aux_loss", ("aux_loss", "eval", "")),
        ("eval_runtime", None),
        ("eval_samples_per_second", None),
        ("total_flos", None),
        ("num_tokens", None),
        ("memory/max_active (GiB)", None),
        ("epoch", None),
        ("step", None),
        ("x" * 300, None),
    ],
)
def test_a_name_has_one_meaning(key: str, expected: object) -> None:
    assert meaning(key) == expected
