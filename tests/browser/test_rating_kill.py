"""The server dies while people rate: nothing is lost, nothing counts twice, and the page says how things stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import studies
from tests.browser.rating_server import Invited, RatingServer, keep, until
from tests.browser.test_rating_page import all_saved, comes, enter, is_at, press

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RatingServer]:
    served = keep(tmp_path_factory.mktemp("killed"), studies.study(n_items=20))
    served.start()
    yield served
    served.stop()


def waits(page: Page, n_changes: int) -> None:
    words = "1 change is kept" if n_changes == 1 else f"{n_changes} changes are kept"
    page.wait_for_function(f"() => document.getElementById('status').textContent.includes('{words}')")


def try_now(page: Page) -> None:
    """What a browser says when a network is back, so that no test waits for the next try."""
    page.evaluate("() => window.dispatchEvent(new Event('online'))")


def said_once(rater: Invited) -> list[tuple[int, str, str]]:
    """The axes as they came, without time; each key must be there once."""
    ratings = rater.ratings()
    assert len({rating.key for rating in ratings}) == len(ratings)
    return [(one.entry, one.field, one.value) for one in ratings if one.field != "seen"]


def as_typed(rater: Invited, *values: str) -> list[tuple[int, str, str]]:
    axes = [axis.name for axis in rater.server.study.axes]
    return [
        (slot.entry, axis, value)
        for slot, typed in zip(rater.slots, values, strict=False)
        for axis, value in zip(axes, typed, strict=False)
    ]


def test_a_server_that_is_killed_and_started_again_gets_all_that_was_typed_meanwhile(
    open_page: OpenPage, server: RatingServer
) -> None:
    rater = server.invite("steadfast")
    page = open_page(server.origin)
    enter(page, rater)
    press(page, "1234/")
    is_at(page, 1)
    page.wait_for_load_state("networkidle")
    press(page, "54")
    server.kill()
    press(page, "32/" + "1212/" + "3434")
    is_at(page, 3)
    assert page.evaluate("() => document.querySelectorAll('.scale input:checked').length") == 4
    page.wait_for_selector("#status.trouble")
    assert "kept in this browser and sent when it is back" in page.inner_text("#status")
    server.start()
    try_now(page)
    all_saved(page)
    comes(rater, ["1234", "5432", "1212", "3434", "...."])
    assert said_once(rater) == as_typed(rater, "1234", "5432", "1212", "3434")
    press(page, "/")
    is_at(page, 4)


def test_the_line_above_counts_what_waits(open_page: OpenPage, server: RatingServer) -> None:
    rater = server.invite("counting")
    page = open_page(server.origin)
    enter(page, rater)
    page.wait_for_load_state("networkidle")
    server.kill()
    press(page, "1")
    waits(page, 1)
    press(page, "23")
    waits(page, 3)
    server.start()
    try_now(page)
    page.wait_for_function("() => document.getElementById('status').textContent === 'Saved'")
    assert not page.locator("#status.trouble").is_visible()


def test_values_typed_for_a_page_that_did_not_come_are_not_given_to_another(
    open_page: OpenPage, server: RatingServer
) -> None:
    rater = server.invite("hasty")
    page = open_page(server.origin)
    enter(page, rater)
    page.wait_for_load_state("networkidle")
    server.kill()
    press(page, "1111/2222/3333/" + "5555/" + "4444")
    is_at(page, 2)
    page.wait_for_selector("#status.trouble")
    server.start()
    try_now(page)
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('The server is back')")
    assert rater.scores()[:4] == ["1111", "2222", "3333", "...."]
    press(page, "/5555/")
    comes(rater, ["1111", "2222", "3333", "5555"])
    assert said_once(rater) == as_typed(rater, "1111", "2222", "3333", "5555")


def test_a_browser_closed_while_the_server_was_down_delivers_when_it_is_opened_again(
    playwright_browser: Browser, open_page: OpenPage, server: RatingServer
) -> None:
    rater = server.invite("patient")
    with playwright_browser.new_context() as context:
        page = context.new_page()
        enter(page, rater)
        press(page, "1111/")
        is_at(page, 1)
        page.wait_for_load_state("networkidle")
        server.kill()
        press(page, "2345/" + "12n")
        page.keyboard.type("kept here")
        page.keyboard.press("Escape")
        page.wait_for_selector("#status.trouble")
        left = context.storage_state()
    server.start()
    assert rater.scores()[:2] == ["1111", "...."]
    again = open_page(server.origin, storage_state=left)
    again.goto(f"{server.origin}/rate")
    all_saved(again)
    comes(rater, ["1111", "2345", "12.."])
    assert rater.said()[2].note == "kept here"
    again.goto(f"{server.origin}/rate")
    is_at(again, 2)
    assert again.input_value("#note") == "kept here"


def test_what_waited_behind_a_link_that_was_taken_back_is_sent_through_the_new_one(
    open_page: OpenPage, server: RatingServer
) -> None:
    rater = server.invite("taken back")
    page = open_page(server.origin)
    enter(page, rater)
    press(page, "11")
    comes(rater, ["11.."])
    server.revoke(rater.number)
    press(page, "23")
    page.wait_for_function(
        "() => document.getElementById('status').textContent.startsWith('This link no longer works')"
    )
    waits(page, 2)
    assert rater.scores()[0] == "11.."
    enter(page, server.invite("taken back"))
    comes(rater, ["1123"])
    all_saved(page)


def test_a_change_that_the_server_refuses_holds_up_no_other(open_page: OpenPage, server: RatingServer) -> None:
    rater = server.invite("refused")
    page = open_page(server.origin)
    enter(page, rater)
    page.evaluate(
        "([name, text]) => localStorage.setItem(name, text)",
        [
            "tunecheck:" + page.evaluate("() => document.body.dataset.sheet") + ":change:000000000000001:x",
            '{"token": "none of ours", "field": "note", "value": "", "key": "12345678", "active_s": 0}',
        ],
    )
    press(page, "1234")
    comes(rater, ["1234"])
    all_saved(page)
    assert "refused a change" in page.inner_text("#status")


def test_notes_longer_than_one_message_may_be_arrive_whole(open_page: OpenPage, server: RatingServer) -> None:
    rater = server.invite("wordy")
    page = open_page(server.origin)
    enter(page, rater)
    page.wait_for_load_state("networkidle")
    server.kill()
    notes = ["語" * 10_000, "é" * 10_000, "\n" * 3 + "x" * 9_000]
    for note in notes:
        page.fill("#note", note)
        page.keyboard.press("Escape")
        press(page, "1111/")
    server.start()
    try_now(page)
    all_saved(page)
    assert [one.note for one in rater.said()[:3]] == [note.strip() for note in notes]


def test_an_undo_whose_answer_got_lost_happens_once(open_page: OpenPage, server: RatingServer) -> None:
    rater = server.invite("undone")
    page = open_page(server.origin)
    enter(page, rater)
    press(page, "123")
    comes(rater, ["123."])
    page.route("**/api/undo", lambda route: (route.fetch(), route.abort()))
    press(page, "u")
    page.wait_for_selector("#status.trouble")
    assert rater.scores()[0] == "12.."
    page.unroute("**/api/undo")
    press(page, "u")
    page.wait_for_function("() => document.getElementById('status').textContent === 'Undone'")
    assert rater.scores()[0] == "12.."
    until(lambda: page.evaluate("() => document.querySelectorAll('.scale input:checked').length") == 2, "the page")


def test_what_waited_is_sent_from_the_page_that_says_thanks(open_page: OpenPage, server: RatingServer) -> None:
    rater = server.invite("done")
    page = open_page(server.origin)
    rater.rate_all()
    page.goto(rater.link)
    page.locator("button.primary").click()
    page.get_by_role("link", name="go through the sheet again").click()
    page.wait_for_selector(".axis")
    page.wait_for_load_state("networkidle")
    page.route("**/api/save", lambda route: route.abort())
    press(page, "n")
    page.keyboard.type("one more word")
    press(page, "|")
    waits(page, 1)
    page.unroute("**/api/save")
    page.goto(f"{server.origin}/rate")
    assert page.title().startswith("All rated")
    all_saved(page)
    assert rater.said()[0].note == "one more word"
