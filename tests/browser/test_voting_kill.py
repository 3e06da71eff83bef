"""The server dies while people vote: nothing is lost, nothing counts twice, and no vote falls on a pair unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.rating_server import until
from tests.browser.test_rating_kill import try_now, waits
from tests.browser.test_rating_page import all_saved, press
from tests.browser.test_voting_page import KEYS, chosen, enter, is_at, says, vote
from tests.browser.voting_server import Voter, VotingServer, keep_pairs
from tests.comparisons import pair_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.playwright_page import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VotingServer]:
    served = keep_pairs(tmp_path_factory.mktemp("killed votes"), pair_study(20))
    served.process.start()
    yield served
    served.process.stop()


def said_once(voter: Voter) -> list[tuple[int, str]]:
    """The votes as they came; each key must be there once."""
    ratings = voter.ratings()
    assert len({rating.key for rating in ratings}) == len(ratings)
    return [(one.entry, one.value) for one in ratings if one.field == "choice"]


def as_typed(voter: Voter, keys: str) -> list[tuple[int, str]]:
    return [(slot.entry, KEYS[key]) for slot, key in zip(voter.slots, keys, strict=False)]


def test_a_server_killed_in_the_middle_and_started_again_gets_every_vote_once(
    open_page: OpenPage, server: VotingServer
) -> None:
    voter = server.invite("steadfast")
    page = open_page(server.process.origin)
    enter(page, voter)
    vote(page, "ab")
    is_at(page, 2)
    page.wait_for_load_state("networkidle")
    server.process.kill()
    vote(page, "txs", start=2)  # Two pairs are here already; the one after them does not come.
    page.wait_for_selector("#status.trouble")
    assert "kept in this browser and sent when it is back" in page.inner_text("#status")
    is_at(page, 4)
    press(page, "aab")  # Meant for a pair that nobody sees.
    assert chosen(page) == ["skip"]
    server.process.start()
    try_now(page)
    is_at(page, 5)
    all_saved(page)
    assert said_once(voter) == as_typed(voter, "abtxs")
    assert chosen(page) == []
    vote(page, "b", start=5)
    is_at(page, 6)
    all_saved(page)
    assert said_once(voter) == as_typed(voter, "abtxsb")


def test_a_browser_closed_while_the_server_was_down_delivers_when_it_is_opened_again(
    playwright_browser: Browser, open_page: OpenPage, server: VotingServer
) -> None:
    voter = server.invite("patient")
    with playwright_browser.new_context() as context:
        page = context.new_page()
        enter(page, voter)
        vote(page, "a")
        is_at(page, 1)
        page.wait_for_load_state("networkidle")
        server.process.kill()
        vote(page, "b", start=1)
        is_at(page, 2)
        press(page, "n")
        page.keyboard.type("kept here")
        page.keyboard.press("Escape")
        page.wait_for_selector("#status.trouble")
        left = context.storage_state()
    server.process.start()
    assert voter.votes()[:2] == ["left", ""]
    again = open_page(server.process.origin, storage_state=left)
    again.goto(f"{server.process.origin}/compare")
    all_saved(again)
    until(lambda: voter.votes()[:3] == ["left", "right", ""], "the votes that waited")
    assert voter.said()[2].note == "kept here"
    assert said_once(voter) == as_typed(voter, "ab")


def test_what_waits_shows_on_the_page_that_is_opened_meanwhile(open_page: OpenPage, server: VotingServer) -> None:
    voter = server.invite("impatient")
    page = open_page(server.process.origin)
    enter(page, voter)
    page.wait_for_load_state("networkidle")
    page.route("**/api/compare/save", lambda route: route.abort())
    vote(page, "a")
    is_at(page, 1)
    waits(page, 1)
    page.goto(f"{server.process.origin}/compare/{voter.slots[0].token}")
    assert chosen(page) == ["left"]
    page.unroute("**/api/compare/save")
    try_now(page)
    all_saved(page)
    assert said_once(voter) == as_typed(voter, "a")


def test_an_undo_whose_answer_got_lost_happens_once(open_page: OpenPage, server: VotingServer) -> None:
    voter = server.invite("undone")
    page = open_page(server.process.origin)
    enter(page, voter)
    vote(page, "ab")
    is_at(page, 2)
    all_saved(page)
    page.route("**/api/compare/undo", lambda route: (route.fetch(), route.abort()))
    press(page, "u")
    page.wait_for_selector("#status.trouble")
    assert voter.votes()[:2] == ["left", ""]
    page.unroute("**/api/compare/undo")
    press(page, "u")
    says(page, "Undone")
    is_at(page, 1)
    assert voter.votes()[:2] == ["left", ""]
