"""Everybody can rate: axe-core's rules, names for screen readers, small screens, colours, right to left."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests import studies
from tests.browser.rating_server import Invited, RatingServer, keep
from tests.browser.test_rating_page import enter, is_at, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser

_NUMBERS = itertools.count(1)
_CODE = "```python\n" + "total = " + " + ".join(f"value_{number}" for number in range(60)) + "\n```"
_TABLE = "| " + " | ".join(f"column {n}" for n in range(20)) + " |\n|" + "---|" * 20 + "\n|" + " cell |" * 20
_WORDS = "# Title\n\n## Part\n\nText with `code` and [a link](https://off-origin.example)."
_RICH = f"{_WORDS}\n\n{_CODE}\n\n{_TABLE}\n\n> quoted"
_RTL = "مرحبا بالعالم، هذه إجابة قصيرة."
_RTL_PROMPT = "اكتب جملة واحدة عن المطر."
_UNSEEN = "seen \u202e unseen \u200b and \x07 bell"
_LONG_PROMPT = "Say why, at length. " * 200
_SMALL = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
# Whether the focused element, or the label around it, can be seen where it is: nothing lies over its middle.
_FOCUS_IN_SIGHT = """() => {
  const one = document.activeElement;
  const shown = one.closest('label') ?? one;
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, innerHeight / 3)];
  const top = document.elementFromPoint(x, y);
  const marked = one.matches('input[type=radio]') ? one.nextElementSibling : one;
  return {
    what: one.outerHTML.slice(0, 80), end: one === document.body, reading: one.id === 'reading',
    seen: shown.contains(top), marked: getComputedStyle(marked).outlineStyle !== 'none',
  };
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RatingServer]:
    texts: list[dict[str, Any]] = [
        {"generated": _RICH, "prompt": _LONG_PROMPT},
        {"generated": _RTL, "prompt": _RTL_PROMPT},
        {"generated": _UNSEEN},
        {"generated": ""},
    ]
    made = studies.study(n_items=20)
    answers = [
        replace(answer, **(texts[number] if number < len(texts) else {})) for number, answer in enumerate(made.answers)
    ]
    served = keep(tmp_path_factory.mktemp("read"), replace(made, answers=tuple(answers)))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def rater(server: RatingServer) -> Invited:
    return server.invite(f"person {next(_NUMBERS)}")


def show(page: Page, rater: Invited, entry: int) -> None:
    """The page of one answer, by its number in the study."""
    token = next(slot.token for slot in rater.slots if slot.entry == entry)
    page.goto(f"{rater.server.origin}/rate/{token}")
    page.wait_for_selector(".axis.current")


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    try:
        from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("axe-playwright-python is not installed")
        pytest.skip("axe-playwright-python is not installed")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_where_people_rate(open_page: OpenPage, rater: Invited, scheme: str) -> None:
    page = open_page(rater.server.origin, bypass_csp=True, color_scheme=scheme)
    page.goto(rater.link)
    assert faults(page) == []
    enter(page, rater)
    show(page, rater, 0)
    assert faults(page) == []
    press(page, "4r")
    page.wait_for_selector(".reference .model")
    press(page, "c0")
    assert page.locator("#why").is_visible()
    assert faults(page) == []
    page.fill("#why", "")
    press(page, "|/?")
    assert page.locator("#status.trouble").is_visible()
    assert page.locator(".sheet-guide").is_visible()
    assert faults(page) == []


def test_axe_finds_nothing_serious_in_answers_of_other_kinds(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin, bypass_csp=True, viewport={"width": 390, "height": 844})
    enter(page, rater)
    for entry in (1, 2, 3):
        show(page, rater, entry)
        assert faults(page) == []
    press(page, "m")
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_other_pages(open_page: OpenPage, server: RatingServer, scheme: str) -> None:
    page = open_page(server.origin, bypass_csp=True, color_scheme=scheme)
    page.goto(server.origin)
    assert page.title().startswith("A link is needed")
    assert faults(page) == []
    page.goto(f"{server.origin}/enter/nothing")
    assert page.title().startswith("Not here")
    assert faults(page) == []
    page.goto(server.links["owner"])
    page.get_by_role("button", name="Open the owner's page").click()
    page.get_by_label("Another rater").fill(f"somebody {next(_NUMBERS)}")
    page.get_by_role("button", name="Add, and show the link").click()
    page.wait_for_selector(".new-link")
    assert faults(page) == []
    rater = server.invite(f"thanked {next(_NUMBERS)}")
    rater.rate_all()
    page.goto(rater.link)
    page.locator("button.primary").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert faults(page) == []


def test_each_value_says_its_anchor_and_each_group_its_axis(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    for axis in rater.server.study.axes:
        group = page.get_by_role("group", name=f"{axis.title} {axis.question}", exact=True)
        for mark, anchor in enumerate(axis.anchors, start=1):
            assert group.get_by_role("radio", name=f"{mark}, {anchor}", exact=True).count() == 1
        assert group.get_by_role("radio", name="n/a, not applicable", exact=True).count() == 1
    assert page.get_by_role("textbox", name="Note").count() == 1
    assert page.get_by_role("progressbar", name="Answers rated").count() == 1
    assert page.get_by_role("status").count() == 1
    assert page.get_by_role("region", name="Answer 1 of 40").count() == 1


def test_titles_tell_answers_apart_and_headings_have_one_order(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    assert page.title().startswith("Answer 1 of 40")
    levels = "() => [...document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)')].map(e => Number(e.localName[1]))"
    show(page, rater, 0)
    found = page.evaluate(levels)
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(found))


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 400), (1024, 640)])
def test_on_small_screens_all_is_reached_with_tab_and_nothing_covers_it(
    open_page: OpenPage, rater: Invited, width: int, height: int
) -> None:
    page = open_page(rater.server.origin, viewport={"width": width, "height": height})
    enter(page, rater)
    show(page, rater, 0)
    assert page.evaluate(_SMALL)
    stops = []
    for _ in range(30):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUS_IN_SIGHT)
        if stop["end"]:
            break
        assert stop["seen"], stop
        assert stop["marked"], stop
        stops.append(stop["what"])
    # Guide, reference, view, four axes, note, cannot judge, undo and next at the least.
    assert len(stops) >= 11
    page.locator("summary", has_text="Guide").click()
    assert page.locator(".sheet-guide").is_visible()
    assert page.evaluate(_SMALL)


@pytest.mark.parametrize(("least", "width", "is_touch"), [(24, 1280, False), (44, 320, True), (44, 390, True)])
def test_what_is_pressed_is_large_enough(
    open_page: OpenPage, rater: Invited, least: int, width: int, is_touch: bool
) -> None:
    page = open_page(
        rater.server.origin, viewport={"width": width, "height": 640}, has_touch=is_touch, is_mobile=is_touch
    )
    enter(page, rater)
    size = "e => { const box = e.getBoundingClientRect(); return [box.width, box.height]; }"
    for selector, smallest in (
        (".scale label", least),
        (".moves button", least),
        ("summary", 24),
        (".views button", 24),
    ):
        for place, one in enumerate(page.locator(selector).all()):
            measured = one.evaluate(size)
            assert min(measured) >= smallest, (selector, place, measured)


def test_a_page_opens_where_the_answer_begins(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin, viewport={"width": 390, "height": 844})
    enter(page, rater)
    assert page.evaluate("() => window.scrollY") == 0
    press(page, "1234/")
    is_at(page, 1)
    page.wait_for_function("() => window.scrollY === 0")


def test_right_to_left_stands_right_to_left(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    show(page, rater, 1)
    # Where the first character stands, in its box: in the right half.
    is_right = """e => {
      const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
      while (walker.nextNode() && !walker.currentNode.data.trim()) { }
      const range = document.createRange();
      range.setStart(walker.currentNode, 0); range.setEnd(walker.currentNode, 1);
      const [first, box] = [range.getBoundingClientRect(), e.getBoundingClientRect()];
      return first.left > box.left + box.width / 2;
    }"""
    assert page.locator(".answer .markdown").evaluate(is_right)
    assert page.locator(".prompt .model").evaluate(is_right)
    press(page, "m")
    assert page.locator(".answer .as-written").evaluate(is_right)
    press(page, "n")
    page.keyboard.type(_RTL_PROMPT)
    assert page.evaluate("() => document.querySelector('#note').matches(':dir(rtl)')")


def test_chosen_values_show_where_colours_are_forced_and_nothing_moves_where_motion_is_unwanted(
    open_page: OpenPage, rater: Invited
) -> None:
    page = open_page(rater.server.origin, forced_colors="active", reduced_motion="reduce")
    enter(page, rater)
    press(page, "3")
    back = "e => getComputedStyle(e).backgroundColor"
    chosen, other = page.locator("input:checked + span"), page.locator(".scale span").first
    assert chosen.evaluate(back) != other.evaluate(back)
    assert other.evaluate("e => getComputedStyle(e).transitionDuration") in ("0s", "1e-06s")
