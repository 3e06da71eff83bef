"""detect_overfitting on a real Trainer, which goes on training afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.workshop import Row, rows

torch = pytest.importorskip("torch")
from tests import tiny  # noqa: E402

pytestmark = pytest.mark.hf


def tokenised(tokenizer: Any, of: list[Row]) -> list[dict[str, list[int]]]:
    """Rows as a fine-tune's data set holds them: ids, and labels for the completion alone."""
    made = []
    for row in of:
        prompt = tokenizer(str(row["prompt"]))["input_ids"]
        completion = [*tokenizer(str(row["completion"]))["input_ids"], tokenizer.eos_token_id]
        ids, labels = [*prompt, *completion], [*[-100] * len(prompt), *completion]
        made.append({"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels})
    return made


class MapStyle(torch.utils.data.Dataset):  # type: ignore[name-defined]
    """A data set of tensors that has only a length and an index, and answers any index."""

    def __init__(self, of: list[dict[str, list[int]]]) -> None:
        self._rows = of

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return {name: torch.tensor(values) for name, values in self._rows[place % len(self._rows)].items()}


@pytest.fixture
def trainer(tmp_path: Path) -> Any:
    """A Trainer in the middle of its work: a LoRA, trained for three steps."""
    from peft import LoraConfig, get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    tokenizer = tiny.tokenizer()
    tokenizer.padding_side = "right"
    config = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, lora_dropout=0.2, target_modules=["q_proj", "v_proj"])
    trainer = Trainer(
        model=get_peft_model(tiny.model(), config),
        args=TrainingArguments(
            output_dir=str(tmp_path / "out"), max_steps=3, per_device_train_batch_size=8, learning_rate=1e-2,
            report_to=[], save_strategy="no", disable_tqdm=True, use_cpu=True,
        ),
        train_dataset=tokenised(tokenizer, rows(60, seed=2)),
        processing_class=tokenizer,
        data_collator=DataCollatorForSeq2Seq(tokenizer),
    )  # fmt: skip
    trainer.train()
    return trainer


def test_tokenised_rows_and_their_text_give_the_same_numbers_and_training_goes_on(trainer: Any) -> None:
    train, val = rows(60, seed=2), rows(30, seed=1)
    tokenizer = trainer.processing_class
    trainer.model.train()
    as_ids = tunecheck.detect_overfitting(trainer, tokenised(tokenizer, train), tokenised(tokenizer, val))
    as_tensors = tunecheck.detect_overfitting(
        trainer, MapStyle(tokenised(tokenizer, train)), MapStyle(tokenised(tokenizer, val))
    )
    assert as_ids.status in ("pass", "warn", "fail")
    assert isinstance(as_ids.measures["gain_val_nats"], tunecheck.Estimate)
    assert as_tensors.measures == as_ids.measures
    assert trainer.model.training
    assert not any(getattr(module, "_disable_adapters", False) for module in trainer.model.modules())
    before = {name: value.clone() for name, value in trainer.model.named_parameters() if value.requires_grad}
    trainer.train()
    after = dict(trainer.model.named_parameters())
    assert before
    assert all(after[name].requires_grad for name in before)
    assert any(not torch.equal(after[name], value) for name, value in before.items() if "lora_B" in name)


def test_rows_of_text_are_scored_through_the_trainers_tokenizer(trainer: Any) -> None:
    train, val = ([dict(row) for row in rows(n, seed=seed)] for n, seed in ((60, 2), (30, 1)))
    check = tunecheck.detect_overfitting(trainer, train, val, template="none", answers=0)
    assert check.check == "overfitting"
    assert isinstance(check.measures["gap_nats"], tunecheck.Estimate)


def test_a_trainer_without_a_tokenizer_is_told_to_bring_one(trainer: Any) -> None:
    trainer.processing_class = None
    with pytest.raises(tunecheck.InputError, match="needs its tokenizer"):
        tunecheck.detect_overfitting(trainer, [dict(row) for row in rows(9)], [dict(row) for row in rows(9, seed=2)])
