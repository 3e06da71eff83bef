"""The rating page in a real browser: with keys alone, without scripts, by two at once, on two devices."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests import studies
from tests.browser.rating_server import Invited, RatingServer, keep, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser

_NUMBERS = itertools.count(1)
_LONG = "\n\n".join(f"Paragraph {number}. " + "a word of no weight " * 60 for number in range(10))
_CHECKED = "() => [...document.querySelectorAll('.scale input:checked')].map(e => e.value)"
_HAS_FOCUS = "() => document.activeElement !== document.body && document.activeElement !== null"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RatingServer]:
    made = studies.study(n_items=20, n_repeats=3)
    answers = list(made.answers)
    answers[0] = replace(answers[0], generated=_LONG)
    served = keep(tmp_path_factory.mktemp("rated"), replace(made, answers=tuple(answers)))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def rater(server: RatingServer) -> Invited:
    return server.invite(f"person {next(_NUMBERS)}")


def enter(page: Page, rater: Invited) -> None:
    page.goto(rater.link)
    page.locator("button.primary").click()
    page.wait_for_url("**/rate/*")
    page.wait_for_selector(".axis")


def press(page: Page, keys: str) -> None:
    """Each character is a key, pressed without waiting for anything; / is Enter, | is Escape."""
    for key in keys:
        page.keyboard.press({"/": "Enter", "|": "Escape"}.get(key, key))


def key_event(page: Page, **init: object) -> bool:
    """A key as some keyboards send it; whether the page left it to the browser."""
    press_it = "init => document.body.dispatchEvent(new KeyboardEvent('keydown', init))"
    return bool(page.evaluate(press_it, {"bubbles": True, "cancelable": True, **init}))


def is_at(page: Page, place: int) -> None:
    page.wait_for_function(f"() => document.title.startsWith('Answer {place + 1} of')")


def comes(rater: Invited, scores: list[str]) -> None:
    """Wait for the store to hold these values of the first places."""
    until(lambda: rater.scores()[: len(scores)] == scores, f"the store holding {scores}")


def all_saved(page: Page) -> None:
    page.wait_for_function("() => Object.keys(localStorage).filter(name => name.includes(':change:')).length === 0")


def test_a_whole_sheet_is_rated_with_the_keyboard_alone_as_fast_as_keys_are_pressed(
    open_page: OpenPage, rater: Invited
) -> None:
    page = open_page(rater.server.origin)
    page.goto(rater.link)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.innerText") == "Start rating"
    page.keyboard.press("Enter")
    page.wait_for_selector(".axis")
    n_slots = len(rater.slots)
    wanted = ["".join(str((place * 7 + axis * 3) % 5 + 1) for axis in range(4)) for place in range(n_slots)]
    wanted[4] = "0" + wanted[4][1:]
    for place, values in enumerate(wanted):
        press(page, values + "/")
        if place % 10 == 9:
            assert page.evaluate(_HAS_FOCUS)
    page.get_by_role("heading", name=f"All {n_slots} answers are rated").wait_for()
    assert page.url.endswith("/rate")
    assert rater.scores() == wanted
    changes = [rating for rating in rater.ratings() if rating.field != "seen"]
    assert len(changes) == 4 * n_slots
    # In the order in which they were typed, place by place and axis by axis.
    order = [(slot.entry, slot.again, axis.name) for slot in rater.slots for axis in rater.server.study.axes]
    assert [(rating.entry, rating.again, rating.field) for rating in changes] == order
    assert page.evaluate("() => Object.keys(localStorage).filter(name => name.includes('change'))") == []


def test_each_undo_takes_back_one_thing_and_keys_behind_it_land_where_it_led(
    open_page: OpenPage, rater: Invited
) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "1111/2222/3333/")
    press(page, "uuuuuu" + "54/" + "5432/")
    comes(rater, ["1111", "2254", "5432", "...."])
    is_at(page, 3)
    press(page, "u" * 13)
    page.wait_for_function("() => document.getElementById('status').textContent === 'There is nothing left to undo'")
    assert rater.scores()[:4] == ["....", "....", "....", "...."]
    assert page.evaluate(_HAS_FOCUS)
    is_at(page, 0)
    assert page.evaluate(_CHECKED) == []


def test_the_letters_of_a_note_are_no_commands_even_when_typed_ahead(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "1234/" + "n" + "up, 5 or 4? running" + "|" + "4321/")
    comes(rater, ["1234", "4321", "...."])
    press(page, "u" + "n" + "undo 33" + "|" + "2/")
    comes(rater, ["1234", "4322", "...."])
    is_at(page, 2)
    assert [one.note for one in rater.said()[:2]] == ["", "up, 5 or 4? runningundo 33"]


def test_what_cannot_be_judged_counts_as_done_and_previous_leads_back_to_it(
    open_page: OpenPage, rater: Invited
) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "c" + "no idea 5" + "/" + "/" + "1111/" + "pp")
    is_at(page, 0)
    assert page.input_value("#why") == "no idea 5"
    all_saved(page)
    assert rater.said()[0].blocked == "no idea 5"
    assert rater.scores()[:2] == ["....", "1111"]


def test_the_reference_shows_when_it_is_asked_for_and_that_is_recorded(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    reference = rater.server.study.answers[rater.slots[0].entry].reference
    assert reference not in page.content()
    press(page, "r")
    page.wait_for_selector(".reference .model")
    assert reference in page.inner_text(".reference")
    assert page.evaluate(_HAS_FOCUS)
    press(page, "2222/")
    is_at(page, 1)
    all_saved(page)
    assert [one.has_peeked for one in rater.said()[:2]] == [True, False]
    assert rater.scores()[0] == "2222"


def test_enter_on_an_unfinished_answer_names_what_is_missing_and_stays(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "12/")
    assert page.inner_text("#status") == "Still without a value: Fluency, Format"
    all_saved(page)
    assert page.inner_text("#status") == "Still without a value: Fluency, Format"
    press(page, "34/")
    is_at(page, 1)


def test_the_guide_opens_and_closes_by_key_and_gives_the_focus_back(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "?")
    assert page.get_by_text("Judge each answer by itself").is_visible()
    press(page, "|")
    assert not page.get_by_text("Judge each answer by itself").is_visible()
    assert page.evaluate("() => document.activeElement.id") == "reading"


def test_composed_held_and_combined_keys_rate_nothing(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    for how in ("isComposing", "ctrlKey", "altKey", "metaKey"):
        assert key_event(page, key="4", **{how: True}), f"{how} stays with the browser"
        assert page.evaluate(_CHECKED) == []
    key_event(page, key="4", repeat=True)
    assert page.evaluate(_CHECKED) == []
    key_event(page, key="4")
    assert page.evaluate(_CHECKED) == ["4"]


def test_the_digits_behind_shift_of_another_keyboard_act_without_it(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    key_event(page, key="é", code="Digit2")
    key_event(page, key="!", code="Digit1", shiftKey=True)
    assert page.evaluate(_CHECKED) == ["2"]


def test_single_keys_can_be_switched_off_and_that_is_remembered(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "?")
    page.get_by_label("Single keys act").uncheck()
    press(page, "|")
    page.reload()
    press(page, "5un")
    assert page.evaluate(_CHECKED) == []
    assert page.evaluate("() => document.activeElement.id") == "reading"
    page.locator("input[type=radio]").first.focus()
    press(page, " ")
    assert page.evaluate(_CHECKED) == ["1"]


def test_the_next_answer_shows_without_asking_the_server(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "GET" and "/rate/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    enter(page, rater)
    page.wait_for_load_state("networkidle")
    assert len(set(asked)) == 3  # This one and two ahead.
    page.route("**/rate/*", lambda route: route.abort())
    press(page, "1111/2222/")
    is_at(page, 2)
    assert page.url.endswith(rater.slots[2].token)


def test_the_scale_stands_still_whatever_is_read(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    scale = "() => [...document.querySelectorAll('.scale label')].map(e => JSON.stringify(e.getBoundingClientRect()))"
    long = next(slot.token for slot in rater.slots if slot.entry == 0)
    before = page.evaluate(scale)
    press(page, "jj3k")
    assert page.evaluate(scale) == before
    page.goto(f"{rater.server.origin}/rate/{long}")
    assert page.evaluate("() => document.getElementById('reading').scrollHeight") > 2000
    assert page.evaluate(scale) == before


def test_two_at_once_have_orders_and_progress_of_their_own(open_page: OpenPage, server: RatingServer) -> None:
    people = [server.invite(f"one of two {next(_NUMBERS)}") for _ in range(2)]
    pages = [open_page(server.origin) for _ in people]
    for page, rater in zip(pages, people, strict=True):
        enter(page, rater)
    for place in range(4):
        for page, values in zip(pages, ("1234", "5432"), strict=True):
            press(page, values + ("/" if place < 3 else ""))
    for page, rater, values in zip(pages, people, ("1234", "5432"), strict=True):
        page.wait_for_function("() => document.getElementById('progress-words').textContent.startsWith('4 of 43')")
        assert rater.scores()[:5] == [values] * 4 + ["...."]
        assert page.url.endswith(rater.slots[3].token)
    assert [slot.entry for slot in people[0].slots] != [slot.entry for slot in people[1].slots]


def test_on_two_devices_the_last_word_holds_and_nothing_is_lost(open_page: OpenPage, rater: Invited) -> None:
    desk, phone = (open_page(rater.server.origin) for _ in range(2))
    enter(desk, rater)
    enter(phone, rater)
    press(desk, "1111/")
    # The last word is the one that the server hears last.
    all_saved(desk)
    press(phone, "22")
    phone.keyboard.press("n")
    phone.keyboard.type("from the phone")
    press(phone, "|")
    all_saved(desk)
    all_saved(phone)
    press(desk, "33")
    all_saved(desk)
    desk.keyboard.press("p")
    is_at(desk, 0)
    assert desk.evaluate(_CHECKED) == ["2", "2", "1", "1"]
    assert desk.input_value("#note") == "from the phone"
    assert rater.scores()[:2] == ["2211", "33.."]
    assert len([one for one in rater.ratings() if one.field not in ("seen", "note")]) == 8


def test_an_opened_browser_goes_on_at_the_first_open_answer_with_the_half_typed_note(
    open_page: OpenPage, rater: Invited
) -> None:
    first = open_page(rater.server.origin)
    enter(first, rater)
    press(first, "1111/2222/4n")
    first.keyboard.type("half a not")
    # Left, and not shut by force: a page that is killed says nothing more.
    first.goto("about:blank")
    until(lambda: rater.said()[2].note == "half a not", "the note of a page that was closed")
    again = open_page(rater.server.origin)
    enter(again, rater)
    is_at(again, 2)
    assert again.input_value("#note") == "half a not"
    assert again.evaluate(_CHECKED) == ["4"]


def test_two_hundred_changes_leave_nothing_behind_in_the_browser(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin)
    enter(page, rater)
    press(page, "5555/" + "1111/")
    is_at(page, 2)
    page.evaluate(
        """() => {
          for (let n = 0; n < 200; n++)
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key: String(n % 5 + 1), bubbles: true}));
        }"""
    )
    comes(rater, ["5555", "1111", "1235"])
    all_saved(page)
    assert page.evaluate("() => Object.keys(localStorage)") == []
    said = [one.value for one in rater.ratings() if one.entry == rater.slots[2].entry and one.field != "seen"]
    assert said == [str(number % 5 + 1) for number in range(200)]


def test_without_scripts_the_store_hears_the_same(open_page: OpenPage, rater: Invited) -> None:
    page = open_page(rater.server.origin, java_script_enabled=False)
    enter(page, rater)
    assert not any(hint.is_visible() for hint in page.locator(".keys-only").all())
    page.locator("summary", has_text="Guide").click()
    assert page.get_by_text("Judge each answer by itself").is_visible()
    page.locator("summary", has_text="Guide").click()
    for place, values in enumerate(("1234", "5432")):
        for axis, value in zip(rater.server.study.axes, values, strict=True):
            page.locator(f"input[name={axis.name}][value='{value}']").check()
        page.fill("#note", f"line {place}\nand another")
        page.get_by_role("button", name="Next").click()
    assert page.title().startswith("Answer 3 of")
    page.locator("input[name=fluency][value=na]").check()
    page.get_by_role("button", name="Next").click()
    assert page.inner_text("#status") == "Still without a value: Accuracy, Relevance, Format"
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Show the reference").click()
    assert "reference" in page.inner_text(".reference .model")
    page.get_by_role("button", name="Previous").click()
    assert page.input_value("#note") == "line 1\nand another"
    assert rater.scores()[:3] == ["1234", "5432", "...."]
    said = rater.said()
    assert [one.note for one in said[:3]] == ["line 0\nand another", "line 1\nand another", ""]
    assert [one.has_peeked for one in said[:3]] == [False, False, True]
    assert re.fullmatch(r"2 of 43.*", page.inner_text("#progress-words"))
