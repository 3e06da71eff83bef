"""Hostile texts in every field through every page: the page has the structure that it has with harmless ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import batched  # type: ignore[attr-defined,unused-ignore]
from pathlib import Path

import pytest

from tests.studies import answer, study
from tests.web.dom_rules import beyond, text_of
from tests.web.hostile_texts import HOSTILE
from tests.web.page_rules import pages_rules, skeleton
from tests.web.served import Person, Served, change, served, whole
from tunecheck.core import Access, Axis, ReviewStudy
