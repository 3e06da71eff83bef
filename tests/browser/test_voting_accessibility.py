"""Everybody can vote: axe-core's rules, names for screen readers, small screens, colours, right to left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_rating_accessibility import _FOCUS_IN_SIGHT, _RICH, _RTL, _RTL_PROMPT, _SMALL, faults
from tests.browser.test_rating_page import press
from tests.browser.test_voting_page import at_once, enter, is_at, vote
from tests.browser.voting_server import Voter, VotingServer, keep_pairs
from tests.comparisons import pair, pair_study

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser

_NUMBERS = itertools.count(1)
_LONG_PROMPT = "Say why, at length. " * 200
_EDGES = "e => { const box = e.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VotingServer]:
    pairs = [pair(item) for item in range(20)]
    pairs[0] = pair(0, tuned=_RICH, base=f"{_RICH}\n\nseen \u202e unseen", prompt=_LONG_PROMPT)
    pairs[1] = pair(1, tuned=_RTL, base=f"{_RTL} {_RTL}", prompt=_RTL_PROMPT)
    pairs[2] = pair(2, tuned=" ", base="x" * 900)
    served = keep_pairs(tmp_path_factory.mktemp("read votes"), pair_study(pairs=pairs, n_guesses=2))
    served.process.start()
    yield served
    served.process.stop()


@pytest.fixture
def voter(server: VotingServer) -> Voter:
    return server.invite(f"person {next(_NUMBERS)}")


def show(page: Page, voter: Voter, entry: int) -> None:
    """The page of one pair, by its number in the study."""
    token = next(slot.token for slot in voter.slots if slot.entry == entry)
    page.goto(f"{voter.server.origin}/compare/{token}")
    page.wait_for_selector("#sheet:not(.fresh)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_where_people_vote(open_page: OpenPage, voter: Voter, scheme: str) -> None:
    page = open_page(voter.server.origin, bypass_csp=True, color_scheme=scheme)
    page.goto(voter.link)
    assert faults(page) == []
    enter(page, voter)
    for entry in (0, 2):
        show(page, voter, entry)
        assert faults(page) == []
    press(page, "r")
    page.wait_for_selector(".reference .text")
    press(page, "dn")
    assert page.locator("#note").is_visible()
    assert faults(page) == []
    press(page, "|")
    at_once(page, "ab")
    page.wait_for_selector("#status.trouble")
    press(page, "?")
    assert page.locator("#status.trouble").is_visible()
    assert page.locator(".sheet-guide").is_visible()
    assert faults(page) == []
    press(page, "|p")
    page.wait_for_selector(".votes [aria-pressed=true]")
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_phone_at_the_end_and_where_people_guess(
    open_page: OpenPage, voter: Voter, scheme: str
) -> None:
    page = open_page(voter.server.origin, bypass_csp=True, color_scheme=scheme, viewport={"width": 390, "height": 844})
    enter(page, voter)
    for entry in (0, 1):
        show(page, voter, entry)
        assert faults(page) == []
    voter.vote_all()
    page.goto(f"{voter.server.origin}/compare")
    assert faults(page) == []
    page.locator("button.primary").click()
    page.wait_for_selector(".votes")
    assert page.title().startswith("Guess 1 of 2")
    assert faults(page) == []


def test_each_button_and_column_has_its_name(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    group = page.get_by_role("group", name="Which answer is better? Pair 1 of 20")
    names = ("A is better", "Tie", "Both bad", "B is better", "Skip")
    for button, name in zip(group.get_by_role("button").all(), names, strict=True):
        assert button.get_attribute("aria-pressed") == "false"
        assert button.inner_text().startswith(name)
    for name in ("Answer A", "Answer B", "Prompt", "Reference"):
        assert page.get_by_role("region", name=name, exact=True).count() == 1
    assert page.get_by_role("region", name="Which answer is better?").count() == 1
    assert page.get_by_role("status").count() == 1
    assert page.get_by_role("progressbar", name="Done so far").count() == 1
    show(page, voter, 0)
    levels = """() => [...document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)')]
      .filter(e => e.checkVisibility()).map(e => Number(e.localName[1]))"""
    found = page.evaluate(levels)
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(found))


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400), (899, 700), (1024, 640)])
def test_on_small_screens_all_is_reached_with_tab_and_nothing_is_wider_than_the_screen(
    open_page: OpenPage, voter: Voter, width: int, height: int
) -> None:
    page = open_page(voter.server.origin, viewport={"width": width, "height": height})
    enter(page, voter)
    for entry in (2, 0):
        show(page, voter, entry)
        assert page.evaluate(_SMALL)
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS_IN_SIGHT)
        if stop["end"]:
            break
        assert stop["seen"], stop
        assert stop["marked"], stop
        stops.append(stop["what"])
    # Guide, the prompt's switch, reference, five votes, undo, note, diff and view at the least.
    assert len(stops) >= 12
    page.locator("summary", has_text="Guide").click()
    assert page.locator(".sheet-guide").is_visible()
    assert page.evaluate(_SMALL)
    press(page, "|n")
    assert page.locator("#note").is_visible()
    assert page.evaluate(_SMALL)


def test_where_it_is_narrow_the_answers_stand_one_below_the_other_under_a_letter_that_stays(
    open_page: OpenPage, voter: Voter
) -> None:
    page = open_page(voter.server.origin, viewport={"width": 390, "height": 700})
    enter(page, voter)
    show(page, voter, 0)
    a, b = (one.evaluate(_EDGES) for one in page.locator(".answer").all())
    assert a[0] == b[0]
    assert a[3] < b[1]
    in_sight = """e => {
      const box = e.getBoundingClientRect();
      return e.contains(document.elementFromPoint(box.left + 24, box.top + 12));
    }"""
    for at in (0, 1):
        page.locator(".answer").nth(at).evaluate("e => window.scrollTo(0, e.offsetTop + 400)")
        label = page.locator(".answer h2").nth(at)
        assert label.evaluate(in_sight)
        assert page.locator(".votes").evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")


@pytest.mark.parametrize(("least", "width", "is_touch"), [(24, 1280, False), (44, 320, True), (44, 390, True)])
def test_what_is_pressed_is_large_enough(
    open_page: OpenPage, voter: Voter, least: int, width: int, is_touch: bool
) -> None:
    page = open_page(
        voter.server.origin, viewport={"width": width, "height": 640}, has_touch=is_touch, is_mobile=is_touch
    )
    enter(page, voter)
    show(page, voter, 0)
    size = "e => [e.offsetWidth, e.offsetHeight, e.scrollWidth - e.clientWidth]"
    for selector, smallest in ((".votes button", least), (".tools > *", least), (".guide summary", 24), (".whole", 24)):
        for place, one in enumerate(page.locator(selector).all()):
            width_px, height_px, hidden_px = one.evaluate(size)
            assert min(width_px, height_px) >= smallest, (selector, place)
            assert hidden_px <= 0, (selector, place)


def test_a_page_opens_where_the_prompt_begins(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin, viewport={"width": 390, "height": 844})
    enter(page, voter)
    page.evaluate("() => window.scrollTo(0, 400)")
    vote(page, "a")
    is_at(page, 1)
    page.wait_for_function("() => window.scrollY === 0")


def test_a_long_prompt_has_a_switch_that_shows_all_of_it(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin, viewport={"width": 1280, "height": 800})
    enter(page, voter)
    show(page, voter, 0)
    height = "() => document.querySelector('.prompt .text').clientHeight"
    before = page.evaluate(height)
    page.get_by_label("All of the prompt").check()
    assert page.evaluate(height) > 2 * before
    show(page, voter, 3)
    assert page.locator("#whole").count() == 0


def test_right_to_left_stands_right_to_left_in_both_columns_and_every_view(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin)
    enter(page, voter)
    show(page, voter, 1)
    is_right = """e => {
      const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
      while (walker.nextNode() && !walker.currentNode.data.trim()) { }
      const range = document.createRange();
      range.setStart(walker.currentNode, 0); range.setEnd(walker.currentNode, 1);
      const [first, box] = [range.getBoundingClientRect(), e.getBoundingClientRect()];
      return first.left > box.left + box.width / 2;
    }"""
    assert page.locator(".prompt .text").evaluate(is_right)
    for key in ("", "d", "m", "m"):
        press(page, key)
        assert all(one.evaluate(is_right) for one in page.locator(".answer .text:visible").all())


def test_the_vote_shows_where_colours_are_forced(open_page: OpenPage, voter: Voter) -> None:
    page = open_page(voter.server.origin, forced_colors="active")
    enter(page, voter)
    vote(page, "t")
    is_at(page, 1)
    press(page, "p")
    is_at(page, 0)
    back = "e => getComputedStyle(e).backgroundColor"
    pressed, other = page.locator(".votes [aria-pressed=true]"), page.locator(".votes button").first
    assert pressed.evaluate(back) != other.evaluate(back)
    mark = "e => getComputedStyle(e.querySelector('span'), '::before').content"
    assert "✓" in pressed.evaluate(mark)
