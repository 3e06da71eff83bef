"""The voting page in a real browser: with keys alone, without scripts, by two at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.browser.rating_server import until
from tests.browser.test_rating_page import all_saved, key_event, press
from tests.browser.voting_server import Voter, VotingServer, keep_pairs
from tests.comparisons import pair, pair_study

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser

_NUMBERS = itertools.count(1)
_LONG = "\n\n".join(f"Paragraph {number}. " + "a word of no weight " * 60 for number in range(10))
KEYS = {"a": "left", "b": "right", "t": "tie", "x": "both_bad", "s": "skip"}
TOO_SOON = "That was faster than anybody reads, so it is no vote."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VotingServer]:
    pairs = [pair(item) for item in range(50)]
    pairs[0] = replace(pairs[0], tuned=_LONG, base=f"{_LONG}\n\nAnd more.", prompt="Say why. " * 100)
    served = keep_pairs(tmp_path_factory.mktemp("voted"), pair_study(pairs=pairs, n_guesses=3))
    served.process.start()
    yield served
    served.process.stop()


@pytest.fixture
def voter(server: VotingServer) -> Voter:
    return server.invite(f"person {next(_NUMBERS)}")


def enter(page: Page, voter: Voter) -> None:
    page.goto(voter.link)
    page.locator("button.primary").click()
    page.wait_for_url("**/compare/*")
    page.wait_for_selector(".votes")


def is_at(page: Page, place: int, what: str = "Pair") -> None:
    page.wait_for_function(f"() => document.title.startsWith('{what} {place + 1} of')")


def vote(page: Page, keys: str, *, start: int = 0, what: str = "Pair") -> None:
    """A key for each pair, pressed as soon as one counts; ``start`` is the place of the first."""
    for place, key in enumerate(keys, start=start):
        is_at(page, place, what)
        page.wait_for_selector("#sheet:not(.fresh)")
        page.keyboard.press(key)


def status(page: Page) -> str:
    return page.inner_text("#status")


def says(page: Page, words: str) -> None:
    page.wait_for_function("words => document.getElementById('status').textContent === words", arg=words)


def chosen(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('.votes [aria-pressed=true]')].map(e => e.value)"
    )
    return found


def at_once(page: Page, keys: str) -> None:
    """Keys from a finger that slipped: all before the page can do anything about the first."""
    each = """keys => {
      for (const key of keys) document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    }"""
    page.evaluate(each, list(keys))


def boxes(page: Page) -> list[str]:
    """Where the buttons and both columns are."""
    of = "e => JSON.stringify(e.getBoundingClientRect())"
    return [one.evaluate(of) for one in page.locator(".voting button:visible, .noted summary, .answer, .asked").all()]


def test_fifty_pairs_are_voted_on_with_the_keyboard_alone_in_under_three_minutes(
    open_page: OpenPage, voter: Voter
) -> None:
    page = open_page(voter.server.origin)
    page.goto(voter.link)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Start voting"
    page.keyboard.press("Enter")
    page.wait_for_selector(".votes")
    keys = "".join("abtxs"[(place * 7 + place // 5) % 5] for place in range(50))
    start = time.monotonic()
    vote(page, keys)
    page.get_by_role("heading", name="You voted on all 50 pairs").wait_for()
    assert time.monotonic() - start < 180
    assert voter.votes() == [KEYS[key] for key in keys]
    said = [rating for rating in voter.ratings() if rating.field != "seen"]
    order = [(slot.entry, "choice", KEYS[key]) for slot, key in zip(voter.slots, keys, strict=True)]
    assert [(rating.entry, rating.field, rating.value) for rating in said] == order
    assert all(rating.active_s > 0.2 for rating in said)
    assert page.evaluate("() => Object.keys(localStorage).filter(name => name.includes('change'))") == []


def test_a_second_press_right_after_a_pair_appeared_is_no_vote_and_says_so(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#sheet:not(.fresh)")
    at_once(page, "aab")
    is_at(page, 1)
    says(page, TOO_SOON)
    all_saved(page)
    assert chosen(page) == []
    assert voter.votes()[:3] == ["left", "", ""]
    vote(page, "t", start=1)
    is_at(page, 2)
    all_saved(page)
    page.wait_for_selector("#sheet:not(.fresh)")
    page.locator(".votes button", has_text="Both bad").evaluate("e => { e.click(); e.click(); }")
    is_at(page, 3)
    says(page, TOO_SOON)
    all_saved(page)
    assert voter.votes()[:5] == ["left", "tie", "both_bad", "", ""]


def test_undo_previous_and_a_changed_mind(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    vote(page, "abt")
    is_at(page, 3)
    press(page, "u")
    says(page, "Undone")
    is_at(page, 2)
    assert chosen(page) == []
    press(page, "p")
    is_at(page, 1)
    assert chosen(page) == ["right"]
    vote(page, "x", start=1)
    vote(page, "s", start=2)
    is_at(page, 3)
    all_saved(page)
    assert voter.votes()[:4] == ["left", "both_bad", "skip", ""]
    press(page, "uuuu")
    is_at(page, 0)
    press(page, "u")
    says(page, "There is nothing left to undo")
    assert voter.votes()[:4] == ["", "", "", ""]


def test_arrows_vote_for_the_side_that_they_point_to_and_scroll_both_answers(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    for place, key in enumerate(("ArrowLeft", "ArrowRight")):
        is_at(page, place)
        page.wait_for_selector("#sheet:not(.fresh)")
        page.keyboard.press(key)
    is_at(page, 2)
    all_saved(page)
    assert voter.votes()[:3] == ["left", "right", ""]
    long = next(slot.token for slot in voter.slots if slot.entry == 0)
    page.goto(f"{voter.server.origin}/compare/{long}")
    for key in ("ArrowDown", "PageDown"):
        page.keyboard.press(key)
    tops = page.evaluate("() => [...document.querySelectorAll('.answer .text:not([hidden])')].map(e => e.scrollTop)")
    assert tops[0] == tops[1] > 200
    assert chosen(page) == []


def test_the_letters_of_a_note_are_no_votes_even_when_typed_ahead(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    page.wait_for_selector("#sheet:not(.fresh)")
    press(page, "a" + "n" + "tax bits, undo" + "|")
    is_at(page, 1)
    assert not page.locator(".panel").is_visible()
    assert page.locator(".has").is_visible()
    vote(page, "b", start=1)
    is_at(page, 2)
    all_saved(page)
    assert [one.note for one in voter.said()[:3]] == ["", "tax bits, undo", ""]
    assert voter.votes()[:3] == ["left", "right", ""]
    assert not page.locator(".has").is_visible()


def test_diff_and_the_text_as_written_show_by_key_and_the_reference_when_asked_for(
    open_page: OpenPage, voter: Voter
) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    press(page, "d")
    marks = page.locator(".answer mark:visible")
    assert sorted(marks.all_inner_texts()) == ["another", "one"]
    looks = marks.first.evaluate(
        "e => [getComputedStyle(e).textDecorationLine, Number(getComputedStyle(e).fontWeight)]"
    )
    assert looks == ["underline", 700]
    press(page, "dm")
    assert page.locator(".as-written").first.is_visible()
    reference = voter.study.pairs[voter.slots[0].entry].reference
    assert reference not in page.content()
    press(page, "r")
    page.wait_for_selector(".reference .text")
    assert reference in page.inner_text(".reference")
    assert page.locator(".as-written").first.is_visible(), "the view stays"
    vote(page, "a")
    is_at(page, 1)
    all_saved(page)
    assert [one.has_peeked for one in voter.said()[:2]] == [True, False]


def test_guesses_come_after_the_thanks_if_the_rater_likes(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    voter.vote_all()
    page.goto(voter.link)
    page.locator("button.primary").click()
    page.get_by_role("heading", name="You voted on all 50 pairs").wait_for()
    page.get_by_role("button", name="Guess which is the tuned model's").click()
    page.wait_for_selector(".votes")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Which one is the tuned model's answer?")
    press(page, "xsn")
    assert page.inner_text("#progress-words") == "0 of 3"
    vote(page, "at", what="Guess")
    is_at(page, 2, "Guess")
    page.wait_for_function("() => document.getElementById('progress-words').textContent === '2 of 3'")
    press(page, "u")
    is_at(page, 1, "Guess")
    vote(page, "tb", start=1, what="Guess")
    page.get_by_text("Your 3 guesses are kept too.").wait_for()
    assert voter.guessed() == ["left", "unsure", "right"]
    assert voter.votes() == ["tie"] * 50


def test_composed_held_and_combined_keys_vote_for_nothing(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    page.wait_for_selector("#sheet:not(.fresh)")
    for how in ("isComposing", "ctrlKey", "altKey", "metaKey"):
        assert key_event(page, key="a", **{how: True}), f"{how} stays with the browser"
    key_event(page, key="a", repeat=True)
    press(page, "?")
    page.get_by_label("Single keys act").uncheck()
    press(page, "|ab")
    page.keyboard.press("ArrowLeft")
    assert chosen(page) == []
    is_at(page, 0)
    page.locator(".votes button").first.focus()
    page.keyboard.press("Enter")
    is_at(page, 1)


def test_nothing_moves_between_a_pair_of_short_and_one_of_long_answers(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    short = boxes(page)
    press(page, "dm")
    assert boxes(page) == short
    long = next(slot.token for slot in voter.slots if slot.entry == 0)
    page.goto(f"{voter.server.origin}/compare/{long}")
    height = "() => document.querySelector('.answer .text:not([hidden])').scrollHeight"
    assert page.evaluate(height) > 2000
    assert boxes(page) == short
    columns = page.locator(".answer").all()
    assert len({one.evaluate("e => e.getBoundingClientRect().width") for one in columns}) == 1
    looks = """e => {
      const s = getComputedStyle(e);
      return [s.fontSize, s.fontFamily, s.lineHeight, s.color, e.clientWidth];
    }"""
    assert len({str(one.evaluate(looks)) for one in page.locator(".answer .text:visible").all()}) == 1
    sizes = "e => [e.offsetWidth, e.offsetHeight]"
    assert len({str(one.evaluate(sizes)) for one in page.locator(".votes button").all()}) == 1


def test_two_at_once_have_sides_and_progress_of_their_own(open_page: OpenPage, server: VotingServer) -> None:
    people = [server.invite(f"one of two {next(_NUMBERS)}") for _ in range(2)]
    pages = [open_page(server.process.origin) for _ in people]
    for page, voter in zip(pages, people, strict=True):
        enter(page, voter)
    for place in range(4):
        for page, keys in zip(pages, ("abtx", "sxba"), strict=True):
            vote(page, keys[place], start=place)
    for page, voter, keys in zip(pages, people, ("abtx", "sxba"), strict=True):
        page.wait_for_function("() => document.getElementById('progress-words').textContent.startsWith('4 of 50')")
        assert voter.votes()[:5] == [*(KEYS[key] for key in keys), ""]
    sides = [{slot.entry: slot.tuned_on for slot in voter.slots} for voter in people]
    assert all(sides[0][entry] != sides[1][entry] for entry in range(50))


def press_until(page: Page, name: str, place: int, what: str = "Pair") -> None:
    """Press a button of the page without scripts, again where that was faster than anybody reads."""
    deadline = time.monotonic() + 20
    while not page.title().startswith(f"{what} {place + 1} of"):
        assert time.monotonic() < deadline
        page.get_by_role("button", name=name, exact=True).click()


def test_without_scripts_the_store_hears_the_same(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin, java_script_enabled=False)
    enter(page, voter)
    assert not any(hint.is_visible() for hint in page.locator(".keys-only").all())
    press_until(page, "A is better", 1)
    page.locator("summary", has_text="Note").click()
    page.fill("#note", "line 1\nand another")
    page.get_by_role("button", name="Keep the note").click()
    assert page.input_value("#note") == "line 1\nand another"
    press_until(page, "Both bad", 2)
    page.get_by_role("button", name="Diff", exact=True).click()
    assert sorted(page.locator(".answer mark:visible").all_inner_texts()) == ["another", "one"]
    page.get_by_role("button", name="As Markdown", exact=True).click()
    page.get_by_role("button", name="As written", exact=True).click()
    assert page.locator(".as-written").first.is_visible()
    page.get_by_role("button", name="Show", exact=True).click()
    assert "reference" in page.inner_text(".reference .text")
    page.get_by_role("button", name="Previous", exact=True).click()
    assert page.get_by_role("button", name="Both bad", pressed=True).count() == 1
    page.get_by_role("button", name="Undo", exact=True).click()
    assert page.get_by_role("button", pressed=True).count() == 0
    assert voter.votes()[:3] == ["left", "", ""]
    said = voter.said()
    assert [one.note for one in said[:2]] == ["", "line 1\nand another"]
    assert [one.has_peeked for one in said[:3]] == [False, False, True]


def test_an_opened_browser_goes_on_at_the_first_open_pair_with_the_half_typed_note(
    open_page: OpenPage, voter: Voter
) -> None:
    first = open_page(voter.server.origin)
    enter(first, voter)
    vote(first, "ab")
    is_at(first, 2)
    press(first, "n")
    first.keyboard.type("half a not")
    # Left, and not shut by force: a page that is killed says nothing more.
    first.goto("about:blank")
    until(lambda: voter.said()[2].note == "half a not", "the note of a page that was closed")
    again = open_page(voter.server.origin)
    enter(again, voter)
    is_at(again, 2)
    assert again.input_value("#note") == "half a not"
    assert again.locator(".has").is_visible()
