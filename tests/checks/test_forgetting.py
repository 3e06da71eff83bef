"""Forgetting on general text: bits per byte against brute force, the marks, what the base never knew, chance."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.parts import Floats
from tunecheck.checks import ScoredPart
from tunecheck.checks.forgetting import Forgetting, check_forgetting, divergence_nats
from tunecheck.checks.forgetting_general import (
    General,
    as_percent,
    check_general,
    known_passages,
    relative_change,
)
from tunecheck.core import Estimate, Item, Message, SequenceScore, Totals, Unscored
from tunecheck.packs import general_items
from tunecheck.stats import Ratio

ABSENT = Unscored(reason="not asked for")
PACK = general_items()
BYTES = np.array([len(item.response.content.encode()) for item in PACK])


def side(items: tuple[Item, ...], bits_per_byte: Floats, n_bytes: Floats) -> tuple[SequenceScore, ...]:
    nats = bits_per_byte * n_bytes * math.log(2)
    return tuple(
        SequenceScore(
            item_id=item.id,
            response=Totals(nll_nats=float(nll), n_tokens=int(size) // 4, n_bytes=int(size), n_argmax=0),
        )
        for item, nll, size in zip(items, nats, n_bytes, strict=True)
    )


def scored(base: Floats, change: Floats, *, items: tuple[Item, ...] = PACK, same_tokens: bool = True) -> ScoredPart:
    """Passages whose bits per byte rise by these shares of the base's; other tokens leave out other first bytes."""
    n_bytes = np.array([len(item.response.content.encode()) for item in items], dtype=np.float64)
    return ScoredPart(
        part="validation",
        items=items,
        tuned=side(items, base * (1 + change), n_bytes - 3),
        base=side(items, base, n_bytes - (3 if same_tokens else 5)),
        same_tokens=same_tokens,
    )


def draw(dice: np.random.Generator, n: int = len(PACK)) -> Floats:
    return np.exp(dice.normal(0.0, 0.3, n))


def estimate(found: object) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def codes(found: General | Forgetting) -> list[str]:
    return [one.code for one in found.findings]


def flat(value: float) -> Floats:
    return np.full(len(PACK), value)


def test_the_change_is_that_of_the_totals_and_its_error_that_of_the_jackknife() -> None:
    dice = np.random.default_rng(0)
    part = scored(draw(dice), dice.normal(0.02, 0.05, len(PACK)), same_tokens=False)
    assert part.base is not None
    tuned, base = (
        np.array([(s.response.nll_nats, s.response.n_bytes) for s in one]) for one in (part.tuned, part.base)
    )

    def change(kept: list[int]) -> float:
        (nats, size), (nats_base, size_base) = tuned[kept].sum(axis=0), base[kept].sum(axis=0)
        return math.log((nats / size) / (nats_base / size_base))

    n = len(PACK)
    others = np.array([change([place for place in range(n) if place != k]) for k in range(n)])
    jackknife = math.sqrt((n - 1) / n * np.sum((others - others.mean()) ** 2))
    found = relative_change(part.table(), np.ones(n, dtype=np.bool_))
    assert isinstance(found, Ratio)
    assert found.value == pytest.approx(change(list(range(n))), abs=1e-12)
    assert found.standard_error == pytest.approx(jackknife, rel=0.02)
    assert estimate(as_percent(found)).value == pytest.approx(100 * math.expm1(found.value))


@given(
    rows=st.lists(st.tuples(st.floats(0.3, 3), st.floats(-0.5, 0.9)), min_size=2, max_size=30),
    same_tokens=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_swapping_the_models_negates_the_logarithm_and_keeps_its_error(
    rows: list[tuple[float, float]], same_tokens: bool
) -> None:
    base, change = np.array(rows).T
    part = scored(base, change, items=PACK[: len(rows)], same_tokens=same_tokens)
    assert part.base is not None
    swapped = replace(part, tuned=part.base, base=part.tuned)
    there, back = (relative_change(one.table(), np.ones(len(rows), dtype=np.bool_)) for one in (part, swapped))
    assert isinstance(there, Ratio)
    assert isinstance(back, Ratio)
    assert back.value == pytest.approx(-there.value, abs=1e-9)
    assert back.standard_error == pytest.approx(there.standard_error, abs=1e-9)
    found = estimate(as_percent(there))
    assert -100 <= found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("rise", "status", "code"),
    [(-0.2, "pass", None), (0.0, "pass", None), (0.008, "pass", None), (0.02, "warn", "overfit.forgetting"),
     (0.049, "warn", "overfit.forgetting"), (0.08, "fail", "overfit.forgetting"), (3.0, "fail", "overfit.forgetting")],
)  # fmt: skip
def test_the_marks_are_one_and_five_percent(rise: float, status: str, code: str | None) -> None:
    dice = np.random.default_rng(1)
    found = check_general(scored(draw(dice) * 0.8, flat(rise)), "train less")
    assert found.status == status
    assert codes(found) == ([code] if code else [])
    assert estimate(found.measures["forgetting_percent"]).value == pytest.approx(100 * rise)
    assert all(one.hint == "train less" for one in found.findings)


def test_the_finding_says_how_much_over_how_many_and_where_most() -> None:
    kinds = np.array([dict(item.metadata)["kind"] == '"code"' for item in PACK])
    found = check_general(scored(flat(1.0), np.where(kinds, 0.2, 0.08)), "train less")
    (finding,) = found.findings
    value = estimate(found.measures["forgetting_percent"])
    assert finding.message == (
        f"text that has nothing to do with the task costs the tuned model {value.value:.1f}% more bits per byte than "
        f"its base (95% interval {value.low:.3g} to {value.high:.3g} percent), over 126 passages; most of all code, "
        "by 20%"
    )
    by_kind = found.measures["general_by_kind"]
    assert isinstance(by_kind, dict)
    assert len(by_kind) == 7
    assert estimate(by_kind["code"]).value == pytest.approx(20)
    assert estimate(by_kind["code"]).n == 18
    assert [one.kind for one in found.worst] == ["code"] * 10
    assert found.worst[0].percent == pytest.approx(20)
    assert found.worst[0].text == found.worst[0].item.response.content


def test_one_forgotten_kind_is_told_though_the_whole_is_below_the_mark() -> None:
    kinds = np.array([dict(item.metadata)["kind"] == '"mathematics"' for item in PACK])
    dice = np.random.default_rng(2)
    found = check_general(scored(flat(1.0), np.where(kinds, 0.12, -0.03) + dice.normal(0, 0.02, len(PACK))), "less")
    assert (found.status, codes(found)) == ("warn", ["overfit.forgot_kind"])
    assert found.findings[0].evidence["kind"] == "mathematics"


def test_passages_that_the_base_never_knew_are_left_out() -> None:
    foreign = np.array([dict(item.metadata)["kind"] == '"languages"' for item in PACK])
    found = check_general(scored(np.where(foreign, 7.5, 1.5), np.where(foreign, 0.5, 0.0)), "less")
    assert (found.status, codes(found)) == ("pass", ["overfit.general_unknown"])
    assert "18 of 126 general passages are left out, among them all of languages" in found.findings[0].message
    assert estimate(found.measures["forgetting_percent"]).n == 108
    by_kind = found.measures["general_by_kind"]
    assert isinstance(by_kind, dict)
    assert isinstance(by_kind["languages"], Unscored)
    assert found.measures["n_general_unknown"] == 18


def test_a_base_that_knows_no_general_text_has_nothing_to_forget() -> None:
    found = check_general(scored(flat(7.9), flat(0.5)), "less")
    assert (found.status, codes(found)) == ("unknown", ["overfit.general_unknown"])
    assert isinstance(found.measures["forgetting_percent"], Unscored)
    assert found.findings[0].hint == "give text that the base was made for with --general FILE"


def test_known_is_what_costs_fewer_bits_than_the_entropy_of_its_bytes() -> None:
    def entropy(text: str) -> float:
        counts = np.array(list(Counter(text.encode()).values()))
        corrected: float = scipy.stats.entropy(counts) + (len(counts) - 1) / (2 * counts.sum())
        return corrected / math.log(2)

    bits_per_byte = np.array([entropy(item.response.content) for item in PACK])
    for factor, expected in ((0.999, True), (1.001, False)):
        part = scored(bits_per_byte * factor, flat(0.0))
        base = part.table().base
        assert base is not None
        assert known_passages(part, base).tolist() == [expected] * len(PACK)


def test_few_texts_that_prove_nothing_are_told_as_such_and_not_held_against_the_model() -> None:
    change = np.array([-0.2, 0.15, 0.1, -0.1, 0.05])
    found = check_general(scored(np.ones(5), change, items=PACK[:5]), "less")
    assert (found.status, codes(found)) == ("pass", ["overfit.forgetting_unsettled"])
    assert "5 passages are too few" in found.findings[0].message


def test_rows_of_one_document_are_one_draw() -> None:
    items = tuple(replace(item, group=f"book {k // 18}") for k, item in enumerate(PACK))
    found = check_general(scored(flat(1.0), flat(0.0), items=items), "less")
    assert estimate(found.measures["forgetting_percent"]).n == 7


def test_without_base_text_or_finite_scores_there_is_a_reason() -> None:
    part = scored(flat(1.0), flat(0.0))
    alone = check_general(replace(part, base=None), "less")
    assert (alone.status, alone.measures["forgetting_percent"]) == (
        "unknown", Unscored(reason="there is no base model to compare with"),
    )  # fmt: skip
    rates = alone.measures["general_bits_per_byte"]
    assert isinstance(rates, dict)
    assert estimate(rates["tuned"]).value == pytest.approx(1.0)
    nothing = check_general(ScoredPart(part="validation", items=(), tuned=(), base=()), "less")
    assert nothing.status == "unknown"
    diverged = check_general(scored(flat(1.0), flat(math.inf)), "less")
    assert diverged.status == "unknown"
    assert "no finite number" in str(diverged.measures["forgetting_percent"])
    assert check_general(ABSENT, "less").measures["forgetting_percent"] == ABSENT


def test_divergence_is_the_mean_over_tokens_with_groups_as_draws() -> None:
    talk = [Item(form="text", response=Message(role="text", content=f"{k}"), group=f"talk {k // 2}") for k in range(10)]
    found = estimate(divergence_nats({item.id: (0.5 * k, 10 + k) for k, item in enumerate(talk)}, talk))
    assert found.value == pytest.approx(0.5 * 45 / 145)
    assert found.n == 5
    assert estimate(divergence_nats({"a": (0.0, 5), "b": (1e-9, 5), "c": (0.0, 0)})).low == 0.0
    assert isinstance(divergence_nats({}), Unscored)
    assert divergence_nats(ABSENT) == ABSENT


def test_all_parts_absent_is_unknown_with_each_reason() -> None:
    found = check_forgetting(general=ABSENT, skills=ABSENT, style=ABSENT)
    assert (found.status, found.findings, set(found.statuses.values())) == ("unknown", (), {"unknown"})
    for name in ("forgetting_percent", "skills_lost", "style_coverage_excess"):
        assert found.measures[name] == ABSENT
    assert isinstance(found.measures["divergence_nats"], Unscored)


def test_a_part_that_is_missing_does_not_hide_one_that_was_measured() -> None:
    found = check_forgetting(
        general=scored(flat(1.0), flat(0.08)), skills=ABSENT, style=ABSENT, divergence={"a": (1, 2)}
    )
    assert (found.status, codes(found)) == ("fail", ["overfit.forgetting"])
    assert found.statuses == {"general": "fail", "skills": "unknown", "style": "unknown"}


def rates(n_cases: int, seed: int, *, rise: float, of_kinds: float = 0.0) -> dict[str, float]:
    """Shares of statuses: passages scatter by 4 percent and kinds by ``of_kinds`` around a true rise over the pack."""
    dice = np.random.default_rng(seed)
    names = np.array([dict(item.metadata)["kind"] for item in PACK])
    statuses: Counter[str] = Counter()
    for _ in range(n_cases):
        base = draw(dice)
        n = int(dice.choice([12, 40, len(PACK)]))
        some = np.sort(dice.permutation(len(PACK))[:n])
        shift = {kind: dice.normal(0, of_kinds) for kind in set(names.tolist())}
        change = dice.normal(0, 0.04, n) + np.array([shift[kind] for kind in names[some].tolist()])
        weights = (base * (BYTES - 3))[some]
        change += rise - weights @ change / weights.sum() if of_kinds else rise
        statuses[check_general(scored(base[some], change, items=tuple(PACK[k] for k in some)), "less").status] += 1
    return {status: found / n_cases for status, found in statuses.items()}


def test_an_unchanged_model_is_accused_in_at_most_one_of_twenty_cases() -> None:
    found = rates(150, seed=3, rise=0.0)
    assert found.get("warn", 0) + found.get("fail", 0) <= 0.05


def test_a_rise_of_one_percent_fails_in_at_most_one_of_twenty_cases() -> None:
    assert rates(100, seed=4, rise=0.01).get("fail", 0) <= 0.05


def test_a_rise_of_ten_percent_is_found() -> None:
    assert rates(60, seed=5, rise=0.10).get("fail", 0) >= 0.9
