"""HuggingFaceEmbedder: the numbers of bert_score and sentence-transformers, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import BertModel, FNetConfig, FNetModel

from tests import tiny
from tests.reference.make_bertscore import CASES, TABLE, bert_tokenizer, checksum, save_encoder
from tunecheck.core import Unscored
from tunecheck.errors import CannotRun, ModelError
from tunecheck.metrics.embedding import BertScore, EmbeddingSimilarity
from tunecheck.metrics.metric import Case
from tunecheck.models.huggingface import embedder as module
from tunecheck.models.huggingface.embedder import HuggingFaceEmbedder, open_embedder

pytestmark = pytest.mark.hf

REFERENCE = json.loads(TABLE.read_text(encoding="utf-8"))
MARKS = ["", "\x00", "🙂", "\u202eא", "\ud800", "[SEP]", "[PAD] [PAD]", "[" * 5000, "a" * 100_000, "cat " * 50_000]
TEXT = st.lists(st.sampled_from(["the", "cat", "dog", "sat", "42", "?", "zebra"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoders") / "bert")


@pytest.fixture(scope="module")
def opened(bert: Path) -> HuggingFaceEmbedder:
    return open_embedder(str(bert))


def as_sentences(folder: Path, *, pooling: dict[str, object], step: str = "Pooling", **settings: object) -> Path:
    """What sentence-transformers puts beside an encoder."""
    kinds = ("sentence_transformers.models.Transformer", f"sentence_transformers.models.{step}")
    (folder / "modules.json").write_text(json.dumps([{"idx": n, "type": kind} for n, kind in enumerate(kinds)]))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize("table", REFERENCE["bertscore"], ids=lambda table: f"{table['make']}-{table['layer']}")
def test_bertscore_is_that_of_the_package_bert_score(table: dict[str, object], tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "encoder", make=str(table["make"]))
    assert checksum(folder) == table["sha256"]
    metric = BertScore(open_embedder(str(folder), layer=int(str(table["layer"]))))
    rows = []
    for prediction, references in CASES:
        found = metric.score(Case(prediction=prediction, references=references))
        rows.append([found["bertscore_precision"], found["bertscore_recall"], found["bertscore"]])
    assert np.array(rows) == pytest.approx(np.array(table["precision_recall_f1"]), abs=2e-6)


@pytest.mark.parametrize("table", REFERENCE["similarity"], ids=lambda table: str(table["pooling"]))
def test_similarity_is_that_of_sentence_transformers(table: dict[str, object], tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "encoder")
    assert checksum(folder) == table["sha256"]
    # Version 5 writes a switch for each pooling, version 6 its name.
    old: dict[str, object] = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    as_sentences(folder, pooling=old if table["pooling"] == "mean" else {"pooling_mode": "cls"})
    metric = EmbeddingSimilarity(open_embedder(str(folder)))
    cases = [Case(prediction=prediction, references=references[:1]) for prediction, references in CASES]
    found = [metric.score(case)["embedding_similarity"] for case in cases]
    assert np.array(found) == pytest.approx(np.array(table["cosines"]), abs=2e-6)


@given(TEXT, TEXT)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_texts_score_one_and_swapping_exchanges_precision_and_recall(
    opened: HuggingFaceEmbedder, left: list[str], right: list[str]
) -> None:
    metric, similarity = BertScore(opened), EmbeddingSimilarity(opened)
    a, b = " ".join(left), " ".join(right)
    there, back = (metric.score(Case(prediction=p, references=(r,))) for p, r in ((a, b), (b, a)))
    expected = [back["bertscore"], back["bertscore_recall"], back["bertscore_precision"]]
    assert list(there.values()) == pytest.approx(expected, abs=1e-6)
    assert list(metric.score(Case(prediction=a, references=(a,))).values()) == pytest.approx([1, 1, 1], abs=1e-6)
    value = similarity.score(Case(prediction=a, references=(b,)))["embedding_similarity"]
    assert isinstance(value, float)
    assert -1 <= value <= 1


def test_token_vectors_are_of_unit_length_and_do_not_depend_on_the_batch(opened: HuggingFaceEmbedder) -> None:
    texts = ["the cat", "a dog sat on the rug", "", "42"]
    together = opened.token_vectors(texts)
    assert [len(one.vectors) for one in together] == [4, 8, 2, 3]
    assert [one.is_empty for one in together] == [False, False, True, False]
    for text, one in zip(texts, together, strict=True):
        (alone,) = opened.token_vectors([text])
        assert one.vectors.dtype == np.float32
        assert np.linalg.norm(one.vectors, axis=1) == pytest.approx(np.ones(len(one.vectors)), abs=1e-6)
        assert one.vectors == pytest.approx(alone.vectors, abs=1e-6)
        assert np.flatnonzero(one.is_special).tolist() == [0, len(one.vectors) - 1]
    assert (opened.token_vectors([]), opened.text_vectors([])) == ([], [])


def test_a_text_beyond_the_model_is_cut_with_its_end_mark_kept_and_counted(opened: HuggingFaceEmbedder) -> None:
    (cut,) = opened.token_vectors(["cat " * 60])
    assert (opened.max_tokens, len(cut.vectors), cut.n_cut) == (48, 48, 14)
    assert np.flatnonzero(cut.is_special).tolist() == [0, 47]
    found = BertScore(opened).score(Case(prediction="cat " * 60, references=("cat",)))
    assert found["bertscore"] == Unscored(reason="the prediction is longer than the model's 48 tokens")


def test_the_longest_text_leaves_room_for_padding_and_is_what_sentence_transformers_says(tmp_path: Path) -> None:
    roberta = open_embedder(str(save_encoder(tmp_path / "roberta", make="roberta")))
    assert roberta.max_tokens == 128
    assert roberta.token_vectors(["z " * 500])[0].vectors.shape == (128, 32)
    folder = as_sentences(save_encoder(tmp_path / "short"), pooling={"pooling_mode": "mean"}, max_seq_length=12)
    assert open_embedder(str(folder)).max_tokens == 12


@pytest.mark.parametrize("text", MARKS, ids=lambda text: ascii(text[:12]))
def test_no_text_makes_a_metric_raise(opened: HuggingFaceEmbedder, text: str) -> None:
    for metric in (BertScore(opened), EmbeddingSimilarity(opened)):
        for case in (Case(prediction=text, references=("a cat",)), Case(prediction="a cat", references=(text,))):
            for value in metric.score(case).values():
                assert isinstance(value, Unscored) or -1 <= value <= 1


def test_markup_in_a_text_is_text(opened: HuggingFaceEmbedder) -> None:
    (one,) = opened.token_vectors(["[SEP]"])
    assert np.count_nonzero(~one.is_special) == 5  # [, s, ##e, ##p and ].


def test_the_layer_is_the_published_one_by_name_or_size_else_the_last(tmp_path: Path) -> None:
    named = save_encoder(tmp_path / "distilroberta-base", make="roberta", num_hidden_layers=6)
    assert "layer 5 of 6 (best in bert_score)" in open_embedder(str(named)).name
    sized = save_encoder(tmp_path / "mine", make="roberta", num_hidden_layers=6, hidden_size=768, intermediate_size=8)
    assert "layer 5 of 6 (bert_score's for a roberta of this size)" in open_embedder(str(sized)).name
    last = open_embedder(str(save_encoder(tmp_path / "roberta-large", make="roberta")))
    assert "layer 2 of 2 (the last)" in last.name
    asked = open_embedder(str(tmp_path / "roberta-large"), layer=1)
    assert "layer 1 of 2 (asked for)" in asked.name
    with pytest.raises(ModelError, match=r"layer 3 is asked for, and .*roberta-large has 2\nname a layer from 0 to 2"):
        open_embedder(str(tmp_path / "roberta-large"), layer=3)


def test_the_name_tells_models_of_other_weights_apart_and_no_folders(bert: Path, tmp_path: Path) -> None:
    same, other = save_encoder(tmp_path / "bert"), save_encoder(tmp_path / "other" / "bert", seed=1)
    names = [open_embedder(str(folder)).name for folder in (bert, same, other)]
    assert names[0] == names[1] != names[2]
    assert str(tmp_path) not in names[1]


def test_a_missing_pooler_does_not_matter_and_any_other_missing_weight_does(bert: Path, tmp_path: Path) -> None:
    model = BertModel.from_pretrained(bert)
    weights = model.state_dict()
    for folder, gone in (("headless", "pooler."), ("torn", "encoder.layer.1.output.dense")):
        save_encoder(tmp_path / folder)
        kept = {name: tensor for name, tensor in weights.items() if not name.startswith(gone)}
        model.save_pretrained(tmp_path / folder, state_dict=kept)
    whole = open_embedder(str(bert)).text_vectors(["a cat"])[0].vector
    assert open_embedder(str(tmp_path / "headless")).text_vectors(["a cat"])[0].vector == pytest.approx(whole)
    with pytest.raises(ModelError, match="2 weights are not in its files"):
        open_embedder(str(tmp_path / "torn"))


def test_models_that_are_no_encoders_are_refused_by_their_type(tmp_path: Path) -> None:
    causal = tiny.save_model(tmp_path / "causal")
    with pytest.raises(ModelError) as refused:
        open_embedder(str(causal))
    assert str(refused.value) == (
        f"the model in {causal} is not an encoder (llama): its vectors cannot be compared here\n"
        "name an encoder such as a BERT, RoBERTa, DeBERTa or MPNet, or a sentence-transformers model of that kind"
    )
    adapter = tiny.save_adapter(causal, tmp_path / "adapter")
    with pytest.raises(ModelError, match="is an adapter: vectors come from a whole encoder"):
        open_embedder(str(adapter))
    config = json.loads((causal / "config.json").read_text())
    (causal / "config.json").write_text(json.dumps({**config, "model_type": "t5", "is_encoder_decoder": True}))
    with pytest.raises(ModelError, match=r"is an encoder-decoder \(t5\)"):
        open_embedder(str(causal))
    with pytest.raises(ModelError, match="neither a folder nor in the local Hugging Face cache"):
        open_embedder("nobody/has-this-encoder")


@pytest.mark.parametrize(
    ("pooling", "step", "message"),
    [
        ({"pooling_mode": "mean"}, "Dense", r"makes its vectors with Dense \(modules.json\), which is not supported"),
        ({"pooling_mode": "max"}, "Pooling", "asks for the pooling max"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, "Pooling", "the pooling mean and cls"),
        ({}, "Pooling", "asks for the pooling none"),
    ],
)
def test_other_ways_to_one_vector_are_refused(
    tmp_path: Path, pooling: dict[str, object], step: str, message: str
) -> None:
    folder = as_sentences(save_encoder(tmp_path / "encoder"), pooling=pooling, step=step)
    with pytest.raises(ModelError, match=message):
        open_embedder(str(folder))


def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    folder = as_sentences(save_encoder(tmp_path / "encoder"), pooling={"pooling_mode": "mean"})
    (folder / "modules.json").write_text("{")
    with pytest.raises(ModelError, match=r"modules\.json cannot be read"):
        open_embedder(str(folder))
    (folder / "modules.json").unlink()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 10**6}))
    with pytest.raises(ModelError, match="an encoder of 1,000,000 layers"):
        open_embedder(str(folder))


def test_vectors_that_depend_on_the_batch_are_refused(tmp_path: Path) -> None:
    folder, tokenizer = tmp_path / "fnet", bert_tokenizer()
    FNetModel(
        FNetConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, intermediate_size=64)
    ).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with pytest.raises(ModelError, match="depend on the texts beside it in a batch"):
        open_embedder(str(folder))


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "encoder")
    tiny.tokenizer().save_pretrained(folder)
    with pytest.raises(ModelError, match="its tokenizer has 262 tokens and its model"):
        open_embedder(str(folder))


def test_batches_are_halved_when_memory_runs_out(opened: HuggingFaceEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    once, sizes = HuggingFaceEmbedder._once, []

    def small(self: HuggingFaceEmbedder, rows: list[object], read: object) -> object:
        sizes.append(len(rows))
        if len(rows) > most:
            raise torch.OutOfMemoryError("full")
        return once(self, rows, read)  # type: ignore[arg-type]

    texts = ["the cat", "a dog sat", "42"]
    expected = [one.vector for one in opened.text_vectors(texts)]
    monkeypatch.setattr(module.HuggingFaceEmbedder, "_once", small)
    most = 1
    found = [one.vector for one in opened.text_vectors(texts)]
    assert sizes == [3, 1, 2, 1, 1]
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-6)
    most = 0
    with pytest.raises(CannotRun, match="out of memory on cpu with a single text of 5 tokens"):
        opened.text_vectors(texts)
