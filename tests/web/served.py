"""Served: a run folder behind the real application, and people who open its links in browsers of their own."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from tunecheck.core import Access, PairStudy, Rater, ReviewStudy
from tunecheck.store import SqliteStudyStore, open_studies
from tunecheck.study import (
    PairSlot,
    PairStanding,
    Slot,
    guess_sheet,
    pair_sheet,
    pair_standings,
    sheet,
    standings,
    study_text,
)
from tunecheck.web.address import Address, address_of
from tunecheck.web.app import build_app
from tunecheck.web.owner import new_link
from tunecheck.web.site import Site

HOST = "127.0.0.1:8765"
BASE = f"http://{HOST}"
LOOPBACK = address_of("127.0.0.1", 8765)


@dataclass
class Watch:
    """Time that passes when a test says so."""

    now: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def utc(self) -> datetime:
        return self.now

    def monotonic_s(self) -> float:
        return self.now.timestamp()


@dataclass
class Person:
    """Someone with a browser, a link, and the proof that the pages behind it hold."""

    client: TestClient
    token: str
    proof: str
    rater: Rater

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(self, path: str, fields: Mapping[str, str]) -> Response:
        sent = {name: value.encode("utf-8", "replace") for name, value in {"proof": self.proof, **fields}.items()}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(path, content=urlencode(sent), headers=headers)

    def api(self, path: str, what: object) -> Response:
        """What the script sends; a text is sent as it stands, other things as JSON, lone surrogates and all."""
        body = what if isinstance(what, str) else json.dumps(what)
        headers = {"X-Tunecheck-Proof": self.proof, "Content-Type": "application/json"}
        return self.client.post(path, content=body, headers=headers)

    def save(self, *changes: Mapping[str, Any]) -> Response:
        return self.api("/api/save", {"changes": list(changes)})

    def save_votes(self, *changes: Mapping[str, Any]) -> Response:
        return self.api("/api/compare/save", {"changes": list(changes)})


@dataclass
class Served:
    """One run folder, served."""

    folder: Path
    store: SqliteStudyStore
    address: Address = LOOPBACK
    watch: Watch = field(default_factory=Watch)

    @cached_property
    def site(self) -> Site:
        return Site(self.folder, self.store, self.address, self.watch.utc, self.watch.monotonic_s)

    @cached_property
    def app(self) -> ASGIApp:
        return build_app(self.site)

    def browser(self, base: str = "") -> TestClient:
        return TestClient(self.app, base_url=base or self.address.first, follow_redirects=False)

    def put(self, study: ReviewStudy) -> ReviewStudy:
        """Keep a study as the newest one."""
        self.store.add_study("review", created=study.created, text=study_text(study))
        found = self.site.review()
        assert found is not None
        return found

    def put_pairs(self, study: PairStudy) -> PairStudy:
        """Keep an A/B test as the newest one."""
        self.store.add_study("ab", created=study.created, text=study_text(study))
        return self.comparison()

    def comparison(self) -> PairStudy:
        found = self.site.comparison()
        assert found is not None
        return found

    def token(self, access: Access) -> str:
        return new_link(self.site, access).rpartition("/")[2]

    def enter(self, access: Access, rater: Rater, client: TestClient | None = None) -> Person:
        token, client = self.token(access), client or self.browser()
        assert client.post("/enter", data={"token": token}).status_code == 303
        visitor = self.site.door.admitted(token)
        assert visitor is not None
        return Person(client, token, visitor.proof, rater)

    def rater(self, name: str, client: TestClient | None = None) -> Person:
        known = self.store.add_rater(name)
        return self.enter(Access(role="rater", rater=known.number), known, client)

    def owner(self) -> Person:
        return self.enter(Access(role="owner"), Rater(number=-1, name="the owner"))

    def slots(self, person: Person) -> tuple[Slot, ...]:
        study = self.site.review()
        assert study is not None
        return sheet(study, person.rater.number)

    def pair_slots(self, person: Person) -> tuple[PairSlot, ...]:
        return pair_sheet(self.comparison(), person.rater.number)

    def guess_slots(self, person: Person) -> tuple[PairSlot, ...]:
        return guess_sheet(self.comparison(), person.rater.number)

    def voted(self, person: Person) -> list[tuple[int, str, str]]:
        """What is stored of one rater's votes: entry, field and value, in order."""
        ratings = self.store.ratings(self.comparison().number, rater=person.rater.number)
        return [(one.entry, one.field, one.value) for one in ratings]

    def vote(self, person: Person, slot: PairSlot) -> PairStanding:
        """What the person says of a pair now."""
        found = pair_standings(self.store.ratings(self.comparison().number, rater=person.rater.number))
        return found.get((slot.entry, slot.again), PairStanding())

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with sqlite3.connect((self.folder / "run.db").as_uri() + "?mode=ro", uri=True) as driver:
            names = [name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {name: list(driver.execute(f'SELECT * FROM "{name}"')) for name in names}
        driver.close()
        return found

    def scores(self, person: Person, slot: Slot) -> dict[str, int]:
        """What the person says of a place now."""
        study = self.site.review()
        assert study is not None
        found = standings(self.store.ratings(study.number, rater=person.rater.number))
        return found[slot.entry, slot.again].scores

    def said(self, person: Person) -> list[tuple[int, str, str]]:
        """What is stored of one rater: entry, field and value, in order."""
        study = self.site.review()
        assert study is not None
        ratings = self.store.ratings(study.number, rater=person.rater.number)
        return [(one.entry, one.field, one.value) for one in ratings]


def served(blank: Path, folder: Path, address: Address = LOOPBACK) -> Served:
    """A copy of an empty run folder, opened."""
    shutil.copytree(blank, folder)
    return Served(folder, open_studies(folder), address)


def change(slot: Slot | PairSlot, field: str, value: str, key: str, **more: object) -> dict[str, Any]:
    """A change as the script sends it."""
    return {"token": slot.token, "field": field, "value": value, "key": key, **more}


def whole(slot: Slot, axes: Sequence[str], value: str = "4") -> list[dict[str, Any]]:
    """Changes that rate one place whole."""
    return [change(slot, axis, value, f"{slot.token}-{axis}") for axis in axes]
