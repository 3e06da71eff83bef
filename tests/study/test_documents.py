"""A study as text and back, whatever its texts hold; progress in words; tokens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.studies import answer, study
from tunecheck.core import StoredStudy
from tunecheck.study import Progress, is_token, new_token, study_from, study_text, token_hash

ANY = st.text(st.characters(exclude_categories=()), max_size=20)


@given(prompt=ANY, generated=ANY, value=ANY)
def test_a_study_comes_back_as_it_was(prompt: str, generated: str, value: str) -> None:
    one = replace(answer(0, "tuned"), prompt=prompt, generated=generated, strata=(("category", value),))
    made = study(answers=(one,), number=7)
    stored = StoredStudy(number=7, kind="review", created=made.created, text=study_text(made))
    assert study_from(stored) == made


@pytest.mark.parametrize(
    ("n_done", "pace_s", "words"),
    [
        (0, None, "0 of 100"),
        (100, 6.0, "100 of 100"),
        (99, 6.0, "99 of 100 · less than a minute left"),
        (12, 6.0, "12 of 100 · about 9 min left"),
        (0, 90.0, "0 of 100 · about 2.5 h left"),
    ],
)
def test_progress_says_how_long_the_rest_takes(n_done: int, pace_s: float | None, words: str) -> None:
    assert Progress(n_done=n_done, n_begun=0, n_total=100, pace_s=pace_s).words == words


def test_tokens_are_long_different_and_recognised_by_their_hash() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(is_token(token) for token in tokens)
    assert len({token_hash(token) for token in tokens}) == 100
    assert not any(is_token(text) for text in ("", "../../etc/passwd", "a" * 21, "a" * 23, "a" * 21 + "\n", "é" * 22))
