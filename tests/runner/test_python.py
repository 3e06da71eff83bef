"""The library's functions on paths and on live objects, held against a plain loop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import tunecheck
from tests.workshop import Workshop, call, rows

torch = pytest.importorskip("torch")
from tests import tiny  # noqa: E402

pytestmark = pytest.mark.hf

TEXTS = ["a short text", "another one, and longer than the first", "é and ü", "x" * 50]


def plain_perplexity(model: Any, tokenizer: Any, texts: list[str], max_length: int) -> float:
    """What the tutorials do, weighted by tokens: exp of all nll over all predicted tokens."""
    nll, n_tokens = 0.0, 0
    for text in texts:
        ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=max_length)["input_ids"]
        with torch.no_grad():
            loss = model(input_ids=ids, labels=ids).loss
        nll += float(loss) * (ids.shape[1] - 1)
        n_tokens += ids.shape[1] - 1
    return math.exp(nll / n_tokens)


@pytest.fixture
def live() -> tuple[Any, Any]:
    """A model and its tokenizer in memory."""
    return tiny.model(), tiny.tokenizer()


@pytest.mark.parametrize("max_length", [2048, 8, None])
def test_calculate_perplexity_equals_a_plain_loop(live: tuple[Any, Any], max_length: int | None) -> None:
    found = tunecheck.calculate_perplexity(*live, TEXTS, max_length=max_length)
    assert found.value == pytest.approx(plain_perplexity(*live, TEXTS, max_length or 2048), rel=1e-5)
    assert found.low < found.value < found.high
    assert f"{found:.2f}" == f"{found.value:.2f}" == f"{float(found):.2f}"


def test_without_a_maximum_length_the_end_of_a_text_longer_than_the_context_counts(live: tuple[Any, Any]) -> None:
    texts = [["the red cat sat on the mat, " * 6 + end, "another text"] for end in ("a", "b")]
    whole = [tunecheck.calculate_perplexity(*live, of, max_length=None).value for of in texts]
    cut = [tunecheck.calculate_perplexity(*live, of, max_length=64).value for of in texts]
    assert whole[0] != whole[1]
    assert cut[0] == cut[1] == pytest.approx(plain_perplexity(*live, texts[0], 64), rel=1e-5)


def test_calculate_perplexity_of_one_text_is_its_own_and_claims_nothing_about_others(live: tuple[Any, Any]) -> None:
    expected = plain_perplexity(*live, TEXTS[:1], 2048)
    for texts in (TEXTS[0], TEXTS[:1], TEXTS[:1] * 3):
        found = tunecheck.calculate_perplexity(*live, texts)
        assert found.value == pytest.approx(expected, rel=1e-5)
        assert (found.low, found.high, found.n) == (1.0, math.inf, 1)


def test_calculate_perplexity_refuses_what_has_nothing_to_predict(live: tuple[Any, Any]) -> None:
    with pytest.raises(tunecheck.DataError, match="no text has a token to predict"):
        tunecheck.calculate_perplexity(*live, ["a", "b"])
    with pytest.raises(tunecheck.DataError, match="is empty"):
        tunecheck.calculate_perplexity(*live, [])
    with pytest.raises(tunecheck.InputError, match="a model was expected, not str"):
        tunecheck.calculate_perplexity("model", live[1], TEXTS)
    with pytest.raises(tunecheck.InputError, match="needs its tokenizer"):
        tunecheck.calculate_perplexity(live[0], None, TEXTS)


def test_a_live_model_scores_as_its_folder_does(shop: Workshop, live: tuple[Any, Any]) -> None:
    of = [dict(row) for row in rows(60)]
    alive = tunecheck.perplexity(live[0], of, tokenizer=live[1])
    told = call("perplexity", shop.base, "--data", shop.val, "--json").document
    assert f"{alive.measures['tuned']['nll_nats']:.6f}" == f"{told['measures']['tuned']['nll_nats']['value']:.6f}"  # type: ignore[index, call-overload]
    assert "base" not in alive.measures


def test_a_live_peft_model_brings_its_base_and_keeps_its_adapter(shop: Workshop) -> None:
    from peft import PeftModel
    from transformers import LlamaForCausalLM

    model = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(shop.base), shop.lora, is_trainable=True)
    trainable = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    model.train()
    val, train = ([dict(row) for row in rows(n, seed=seed)] for n, seed in ((60, 1), (300, 2)))
    alive = tunecheck.overfitting(model, train=train, val=val, tokenizer=tiny.tokenizer())
    told = tunecheck.overfitting(shop.lora, train=shop.train, val=shop.val)
    assert alive.status == told.status
    for name in ("gain_val_nats", "gain_train_nats", "excess_gain_nats"):
        assert f"{alive.measures[name]:.5f}" == f"{told.measures[name]:.5f}"
    assert model.training
    assert {name for name, parameter in model.named_parameters() if parameter.requires_grad} == trainable
    assert not any(getattr(module, "_disable_adapters", False) for module in model.modules())


def test_a_live_base_may_be_passed(shop: Workshop, live: tuple[Any, Any]) -> None:
    from transformers import LlamaForCausalLM

    better = LlamaForCausalLM.from_pretrained(shop.better)
    check = tunecheck.perplexity(better, [dict(row) for row in rows(60)], base=live[0], tokenizer=live[1])
    assert check.status == "pass"
    assert check.summary.startswith("Perplexity fell")


def test_options_that_do_not_exist_are_refused_by_name(shop: Workshop) -> None:
    with pytest.raises(tunecheck.InputError, match="maxlength: no such field"):
        tunecheck.perplexity(shop.base, shop.val, maxlength=3)


def test_run_writes_the_folder_and_read_run_and_verdict_read_it(shop: Workshop, tmp_path: Path) -> None:
    result = tunecheck.run(
        shop.better, base=shop.base, val=shop.val, train=shop.train, out=tmp_path / "run", general="none"
    )
    assert result.verdict.decision == "incomplete"
    assert tunecheck.read_run(tmp_path / "run").checks == result.checks
    assert tunecheck.verdict(tmp_path / "run") == result.verdict
    assert tunecheck.verdict(tmp_path / "run", automatic_only=True).decision == "ship"
    (tmp_path / "run" / "report.html").unlink()
    assert [path.name for path in tunecheck.write_report(tmp_path / "run")] == ["results.json", "report.html"]


def test_without_an_out_the_run_stands_under_the_name_of_the_model(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = tunecheck.run(shop.lora, val=shop.val)
    assert result.folder == f"tunecheck-runs/{shop.lora.parent.name}-lora"
    assert Path(result.folder, "report.html").is_file()
