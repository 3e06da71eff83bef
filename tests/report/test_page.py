"""The HTML page: what it says, and that it needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import example
from tests.report.markup import Markup, assert_only_our_markup, parsed
from tunecheck.core import Estimate, Finding, ItemComparison, Measure, RunResult
from tunecheck.report import charts, render
from tunecheck.report.digits import value_and_interval

RUNS = {
    "ship": example.ship(),
    "hold": example.hold(),
    "incomplete": example.incomplete(),
    "without_items": example.without_items(),
    "empty": replace(example.ship(), checks={}, facts=(), version="", created="", folder=""),
}
_TEMPLATES = Path(charts.__file__).with_name("templates")
STYLE = "".join((_TEMPLATES / name).read_text("utf-8") for name in ("palette.css", "report.css"))


@pytest.mark.parametrize("result", RUNS.values(), ids=RUNS)
def test_every_kind_of_run_gives_a_page_of_known_elements(result: RunResult) -> None:
    markup = parsed(render(result, "html"))
    assert_only_our_markup(markup)
    assert sum(tag == "h1" for tag, _ in markup.elements) == 1
    assert result.title in markup.text


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ship", "Ship This model is good enough to ship."),
        ("hold", "Hold Do not ship this model yet."),
        ("incomplete", "Incomplete There is not enough evidence to decide yet."),
    ],
)
def test_the_verdict_stands_in_a_word_and_a_sentence_before_anything_else(name: str, says: str) -> None:
    text = parsed(render(RUNS[name], "html")).text
    assert says in text
    assert text.index(says) < text.index("Checklist") < text.index("What to do next")


def test_every_step_shows_its_status_as_a_word_with_its_sentence(hold_markup: Markup) -> None:
    assert "warning Training curve The evaluation loss rose" in hold_markup.text
    assert re.search(r"fail\s*Overfitting\s*41 of 200 training responses come back", hold_markup.text)
    assert re.search(r"unknown\s*Human review\s*Not run\.", hold_markup.text)


@pytest.mark.parametrize("name", ["ship", "hold", "incomplete"])
def test_every_estimate_is_printed_with_its_interval_and_n(name: str) -> None:
    text = parsed(render(RUNS[name], "html")).text
    found = [estimate for check in RUNS[name].checks.values() for estimate in estimates(check.measures)]
    assert found
    for estimate in found:
        value, interval = value_and_interval(estimate)
        assert f"{value} {interval} n {estimate.n:,}" in text


def test_a_known_estimate_reads_as_expected(hold_markup: Markup) -> None:
    assert "Perplexity 8.35 [8.12, 8.58] n 500" in hold_markup.text
    assert "Gain nats per token 0.410 [0.391, 0.429] n 500" in hold_markup.text


def test_a_number_that_is_absent_says_why(hold_markup: Markup) -> None:
    assert "not scored: no held-out rows from before training" in hold_markup.text


def test_findings_show_severity_message_hint_evidence_and_code(hold_markup: Markup) -> None:
    text = hold_markup.text
    for part in ("word for word; its base continues 2.", "Next: train for one epoch fewer", "longest match tokens 118"):
        assert part in text
    assert "overfit.verbatim" in text


def test_items_are_ranked_by_total_nats_and_the_heading_says_so(hold_markup: Markup) -> None:
    text = hold_markup.text
    assert "Where the tuned model lost most (total nats over the response)" in text
    lost = [float(number) for number in re.findall(r"lost ([\d.]+) nats", text)[:5]]
    assert lost == sorted(lost, reverse=True)
    assert len(lost) == 5


def test_without_a_base_the_most_surprising_items_stand_in(hold_markup: Markup) -> None:
    text = parsed(render(RUNS["incomplete"], "html")).text
    assert "Validation items that surprise the tuned model most" in text
    assert "Where the tuned model lost most" not in text


def test_a_check_with_nothing_to_show_is_one_line(hold_markup: Markup) -> None:
    lines = [attributes for tag, attributes in hold_markup.elements if attributes.get("class") == "check line"]
    assert len(lines) == 3


def test_sections_follow_the_order_of_the_checklist() -> None:
    result = example.hold()
    backwards = replace(result, checks=dict(list(result.checks.items())[::-1]))
    assert render(backwards, "html") == render(result, "html")


def test_facts_and_signatures_say_what_could_change_the_numbers(hold_markup: Markup) -> None:
    text = hold_markup.text
    assert "Tuned model ./out/support-lora (LoRA, rank 16, alpha 32)" in text
    assert "data=train.jsonl:41aa+val.jsonl:9f2c sample=500 seed=42" in text


def test_items_that_have_no_scored_token_are_counted_and_not_ranked() -> None:
    check = example.perplexity_check(n=20)
    broken = replace(check.comparisons[0], n_tokens=0, source="nowhere line 1")
    endless = replace(check.comparisons[1], tuned_nll_nats=float("inf"), source="nowhere line 2")
    result = replace(
        example.ship(), checks={"perplexity": replace(check, comparisons=(*check.comparisons[2:], broken, endless))}
    )
    text = parsed(render(result, "html")).text
    assert "2 items without a scored token or a finite loss are in no chart or list." in text
    assert "nowhere" not in text


def test_estimates_that_are_not_finite_are_printed_and_not_drawn() -> None:
    check = example.perplexity_check(n=0)
    nothing = Estimate(value=float("nan"), low=float("-inf"), high=float("inf"), n=0, method="none")
    sides: dict[str, Measure] = {"tuned": {"perplexity": nothing}}
    page = render(replace(example.ship(), checks={"perplexity": replace(check, measures=sides)}), "html")
    assert "not a number [−∞, ∞] n 0" in parsed(page).text
    assert "<figure" not in page


def test_a_thousand_findings_are_cut_and_counted() -> None:
    finding = Finding(code="a.b", severity="warn", message="again")
    check = replace(example.perplexity_check(n=5), findings=(finding,) * 1000)
    text = parsed(render(replace(example.ship(), checks={"perplexity": check}), "html")).text
    assert "960 more findings are in results.json." in text


def test_a_page_of_500_items_stays_under_400_kilobytes_and_three_seconds() -> None:
    started = time.process_time()
    page = render(example.hold(), "html")
    assert time.process_time() - started < 3
    assert len(page.encode()) < 400_000


def test_long_texts_fold_and_even_longer_ones_are_counted() -> None:
    item = ItemComparison(
        item_id="1",
        part="validation",
        source="val.jsonl line 1",
        prompt="p" * 20_345,
        response="short",
        n_tokens=10,
        n_bytes=40,
        tuned_nll_nats=20.0,
        base_nll_nats=10.0,
    )
    check = replace(example.perplexity_check(n=0), comparisons=(item,))
    page = render(replace(example.ship(), checks={"perplexity": check}), "html")
    assert "7,400 more characters" in page
    assert "… 12,345 more characters" in page
    assert "p" * 7_400 in page
    assert "p" * 7_401 not in page


def test_the_policy_forbids_everything_but_the_one_style_sheet(hold_page: str, hold_markup: Markup) -> None:
    policy = next(a["content"] for tag, a in hold_markup.elements if a.get("http-equiv") == "Content-Security-Policy")
    style = hold_page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_page_names_no_address_and_holds_no_script_or_inline_style(hold_page: str) -> None:
    assert "http" not in hold_page.replace("http-equiv", "")
    for word in ("<script", "javascript", " style=", "@import", "url(", "<img", "<link", "<iframe"):
        assert word not in hold_page


def test_every_mark_of_a_chart_answers_to_hovering(hold_page: str) -> None:
    assert "<title>Base: 8.35 [8.12, 8.58], n 500</title>" in hold_page
    assert re.search(r"<title>\d+ items from 0\.4 to 0\.45 nats per token</title>", hold_page)
    assert re.search(r"<title>train\.jsonl line \d+: 1\.\d+</title>", hold_page)


def test_the_style_sheet_knows_every_colour_of_the_charts() -> None:
    for colour in (charts.INK, charts.MUTED, charts.BEFORE, charts.AFTER, charts.LOSS):
        assert f'.chart [fill="{colour}"]' in STYLE
    assert f'.chart [stroke="{charts.GRID}"]' in STYLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_reaches_the_contrast_of_wcag_aa_in_light_and_dark(scheme: str) -> None:
    colours = palette(scheme)
    inks = ("ink", "muted", "link", "pass", "warn", "fail", "unknown", "info")
    pairs = [(ink, paper) for ink in inks for paper in ("paper", "raised")]
    pairs += [(ink, f"{ink}-wash") for ink in ("pass", "warn", "fail", "unknown", "info")]
    pairs += [(ink, f"{wash}-wash") for ink in ("ink", "muted") for wash in ("pass", "warn", "fail", "info")]
    low = {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    assert not low
    assert all(contrast(colours[mark], colours["paper"]) >= 3 for mark in ("before", "after", "loss"))


def palette(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.S)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG 2.2, from relative luminance."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def estimates(measures: Mapping[str, Measure]) -> Iterator[Estimate]:
    for value in measures.values():
        if isinstance(value, Estimate):
            yield value
        elif isinstance(value, Mapping):
            yield from estimates(value)
