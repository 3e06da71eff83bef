"""The numbers in results.json are those of the files: counted by hand, grouped as asked, sampled the same each time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import QUICK, Workshop, call, rows, write_rows
from tunecheck.data import load
from tunecheck.errors import DataError
from tunecheck.runner.plan import LEAST_TRAIN_SAMPLE, make_plan
from tunecheck.runner.sample import choose_sample

hf = pytest.mark.hf
ESTIMATE = {"value", "low", "high", "confidence", "n", "method"}


def perplexity(model: Path, data: Path, *more: object) -> Any:
    """The document of ``tunecheck perplexity``."""
    called = call("perplexity", model, "--data", data, "--json", *more)
    assert called.code == 0, called.err
    return called.document


@hf
def test_results_have_the_shape_that_scripts_lean_on(shop: Workshop, tmp_path: Path) -> None:
    call("run", shop.better, "--base", shop.base, "--val", shop.val, "--train", shop.train, "--out", tmp_path / "run")
    document = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    assert document["schema"] == "tunecheck.results/1"
    assert set(document) == {"schema", "version", "run", "verdict", "checks"}
    assert {"decision", "reasons", "checklist"} <= set(document["verdict"])
    assert set(document["checks"]) == {"preflight", "curve", "leaks", "perplexity", "overfitting"}
    for name, check in document["checks"].items():
        signs = {"signs"} if name == "overfitting" else set()
        assert set(check) == {"check", "status", "summary", "measures", "findings", "signature"} | signs
        assert check["check"] == name
        assert check["signature"].startswith("data=")
    measured = document["checks"]["perplexity"]["measures"]
    for side in ("tuned", "base"):
        for measure in ("nll_nats", "perplexity", "bits_per_byte", "token_accuracy"):
            assert set(measured[side][measure]) == ESTIMATE
        assert (measured[side]["n_items"], type(measured[side]["n_tokens"])) == (60, int)
        assert measured[side]["perplexity"]["value"] == pytest.approx(math.exp(measured[side]["nll_nats"]["value"]))
    assert all(
        set(measured["paired"][name]) == ESTIMATE
        for name in ("nll_gain_nats", "perplexity_ratio", "improvement_percent")
    )
    overfitting = document["checks"]["overfitting"]["measures"]
    for name in (
        "train_nll_nats", "val_nll_nats", "gap_nats", "gap_label", "gain_train_nats", "gain_val_nats",
        "excess_gain_nats", "transfer_ratio", "membership_auc", "forgetting_percent",
    ):  # fmt: skip
        assert name in overfitting
    assert set(overfitting["membership_auc"]) == ESTIMATE
    assert document["run"]["facts"]["Base model"].endswith("(loaded apart: the tuned model is a full model)")


@hf
def test_tokens_and_bytes_are_those_counted_by_hand(shop: Workshop, tmp_path: Path) -> None:
    """One token a byte: <|user|>hé<|end|><|assistant|>yes ü<|end|> has 6 bytes of response and its end mark."""
    of = [
        {"messages": [{"role": "user", "content": "hé"}, {"role": "assistant", "content": content}]}
        for content in ("yes ü", "no")
    ]
    measured = perplexity(shop.base, write_rows(tmp_path / "val.jsonl", of))["measures"]["tuned"]
    assert measured["n_tokens"] == (6 + 1) + (2 + 1)
    assert measured["n_bytes"] == 6 + 2
    assert measured["n_items"] == 2


@hf
def test_a_resized_vocabulary_is_compared_in_bits_per_byte(shop: Workshop, tmp_path: Path) -> None:
    """A word that became one token: nats per token of the two sides are means over different tokens."""
    from tests import tiny

    own = tiny.tokenizer()
    own.add_tokens(["cat"])
    tuned = tmp_path / "tuned"
    model = tiny.model(vocabulary=len(own))
    model.lm_head.weight.data.mul_(0.2)
    model.save_pretrained(tuned)
    own.save_pretrained(tuned)
    called = call("run", tuned, "--base", shop.base, "--val", shop.val, "--out", tmp_path / "run", "--json")
    check = called.document["checks"]["perplexity"]
    sides = [check["measures"][side] for side in ("tuned", "base")]
    assert sides[0]["n_tokens"] < sides[1]["n_tokens"]
    assert sides[0]["n_bytes"] == sides[1]["n_bytes"]
    gain = sides[1]["bits_per_byte"]["value"] - sides[0]["bits_per_byte"]["value"]
    assert check["measures"]["paired"]["bits_per_byte_gain"]["value"] == pytest.approx(gain)
    assert gain > 0
    assert check["status"] == "pass"
    assert "bits per byte" in check["summary"]


@hf
def test_rows_that_were_tokenised_before_score_and_count_as_their_text_does(shop: Workshop, tmp_path: Path) -> None:
    from tests import tiny

    texts = ["ein schöner Tag 🎉🎉, sagte er", "Übermut tut selten gut", "плохо"]
    tokenizer = tiny.tokenizer()
    as_text = perplexity(shop.base, write_rows(tmp_path / "text.jsonl", [{"text": text} for text in texts]))
    ids = [{"input_ids": tokenizer(text)["input_ids"]} for text in texts]
    as_ids = perplexity(shop.base, write_rows(tmp_path / "ids.jsonl", ids))
    for name in ("n_tokens", "n_bytes", "nll_nats", "bits_per_byte"):
        assert as_ids["measures"]["tuned"][name] == as_text["measures"]["tuned"][name]
    cut = [perplexity(shop.base, tmp_path / name, "--max-length", 12) for name in ("text.jsonl", "ids.jsonl")]
    assert cut[0]["measures"]["tuned"]["nll_nats"] == cut[1]["measures"]["tuned"]["nll_nats"]


@hf
def test_rows_of_a_group_are_one_unit(shop: Workshop, tmp_path: Path) -> None:
    of = [{**row, "doc": number // 6} for number, row in enumerate(rows(60))]
    val = write_rows(tmp_path / "val.jsonl", of)
    alone = perplexity(shop.base, val)["measures"]["tuned"]["nll_nats"]
    grouped = perplexity(shop.base, val, "--group-column", "doc")["measures"]["tuned"]["nll_nats"]
    assert (alone["n"], grouped["n"]) == (60, 10)
    assert alone["value"] == pytest.approx(grouped["value"])
    assert (alone["low"], alone["high"]) != (grouped["low"], grouped["high"])


@hf
def test_where_a_maximum_length_cuts_every_response_nothing_is_claimed(shop: Workshop, tmp_path: Path) -> None:
    called = call("run", shop.lora, "--val", shop.val, "--max-length", 3, "--out", tmp_path / "run", "--json")
    assert called.code == 3
    checks = called.document["checks"]
    assert checks["preflight"]["status"] == "pass"
    assert checks["perplexity"]["status"] == "unknown"
    assert checks["perplexity"]["summary"].startswith("Nothing was scored: 0 scored, 60 unscored")


@hf
def test_leaked_items_are_counted_although_they_were_wrapped_and_cased_anew(shop: Workshop, tmp_path: Path) -> None:
    copies = [
        {"prompt": str(row["prompt"]).upper(), "completion": "\n  " + str(row["completion"]).replace(" ", "\n") + "!"}
        for row in rows(9)
    ]
    train = write_rows(tmp_path / "train.jsonl", [*rows(280, seed=2), *copies])
    called = call("run", shop.lora, "--val", shop.val, "--train", train, *QUICK, "--out", tmp_path / "run", "--json")
    check = called.document["checks"]["overfitting"]
    (finding,) = [finding for finding in check["findings"] if finding["code"] == "overfit.leaked"]
    assert finding["evidence"] == {"n_leaked": 9, "n_items": 60, "share": 0.15}
    assert check["status"] == "fail"
    leaks = called.document["checks"]["leaks"]["measures"]
    assert (leaks["n_leaked"], leaks["kinds"]["exact"]) == (9, 9)
    assert called.code == 1


def test_the_training_sample_hardly_moves_when_rows_are_appended() -> None:
    items = load([dict(row) for row in rows(1000)]).items
    before = {item.id for item in choose_sample(items[:900], 300, seed=42)}
    after = {item.id for item in choose_sample(items, 300, seed=42)}
    assert len(before) == len(after) == 300
    assert len(before & after) >= 300 - 100 * 300 / 900 - 20
    appended = {item.id for item in items[900:]}
    assert after - before <= appended
    assert {item.id for item in choose_sample(items, 300, seed=43)} != after


def test_the_training_sample_is_as_large_as_the_validation_set_and_not_small() -> None:
    val, train = [dict(row) for row in rows(40)], [dict(row) for row in rows(600, seed=2)]
    assert len(make_plan(val, train).train_sample) == LEAST_TRAIN_SAMPLE == 256
    assert len(make_plan([dict(row) for row in rows(400)], train).train_sample) == 400
    assert len(make_plan(val, train[:100]).train_sample) == 100


def test_copies_of_a_row_are_sampled_once() -> None:
    train = [dict(row) for row in rows(10, seed=2)] * 5
    assert len(make_plan([dict(row) for row in rows(10)], train).train_sample) == 10


def test_a_plan_needs_two_units_on_both_sides() -> None:
    val, train = [dict(row) for row in rows(10)], [dict(row) for row in rows(10, seed=2)]
    with pytest.raises(DataError, match="copies or parts of one item only"):
        make_plan(val[:1] * 5)
    with pytest.raises(DataError, match="holds one item: a gap needs at least two"):
        make_plan(val, train[:1])
    with pytest.raises(DataError, match="the validation set is the training set"):
        make_plan(val, [*train, *val])
