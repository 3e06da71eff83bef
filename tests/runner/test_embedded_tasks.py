"""BERTScore and similarity of embeddings as tasks: with an encoder that lies on this machine, and refused without."""

from __future__ import annotations

from pathlib import Path

import pytest

import tunecheck as tc
from tests.reference.make_bertscore import save_encoder

pytestmark = pytest.mark.hf
ROWS = [
    {"prediction": "the quick fox", "base_prediction": "no", "reference": "the quick brown fox"},
    {"prediction": "a lazy dog", "base_prediction": "a lazy dog", "reference": "a lazy dog"},
    {"prediction": "", "base_prediction": "the", "reference": "the fox"},
]


@pytest.mark.parametrize("metric", ["bertscore", "embedding_similarity"])
def test_equal_texts_score_one_and_an_empty_one_nothing(metric: str, tmp_path: Path) -> None:
    check = tc.score(metric, ROWS, model=str(save_encoder(tmp_path / "encoder")))
    values = [item[metric] for item in check.items]
    assert values[1] == pytest.approx(1, abs=1e-5)
    assert values[2] == 0


def test_without_an_encoder_the_hint_says_how_to_name_one() -> None:
    with pytest.raises(tc.InputError, match="needs an encoder, and none is named") as raised:
        tc.score("bertscore", ROWS)
    assert "--option model=FOLDER" in raised.value.hint
    with pytest.raises(tc.InputError, match="layer=last"):
        tc.score("bertscore", ROWS, model="x", layer="last")
