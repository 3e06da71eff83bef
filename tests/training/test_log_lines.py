"""Lines of logs of any length."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.training.log_lines import MAX_LINE_CHARACTERS, head_of, lines_of


def test_a_carriage_return_ends_a_line_and_blank_lines_are_left_out() -> None:
    assert lines_of("a\rb\r\n\n  \nc").numbered == ((1, "a"), (2, "b"), (5, "c"))


def test_an_overlong_line_is_left_out() -> None:
    assert lines_of("a\n" + "x" * (MAX_LINE_CHARACTERS + 1) + "\nb").numbered == ((1, "a"), (3, "b"))


def test_of_a_long_log_the_beginning_and_the_end_are_kept_under_their_numbers() -> None:
    lines = lines_of("\n".join(str(line) for line in range(1, 5001)), limit=1500)
    assert lines.numbered == tuple((line, str(line)) for line in (*range(1, 1001), *range(4501, 5001)))
    assert lines.note("x.log") == ("x.log is very long: 3,500 lines after the first 1,000 were left out",)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab ", max_size=4), max_size=30))
def test_a_short_log_keeps_every_line_that_says_something(lines: list[str]) -> None:
    found = lines_of("\n".join(lines))
    assert [line for _, line in found.numbered] == [line for line in lines if line.strip()]
    assert found.note("x") == ()


def test_the_head_of_a_file_in_utf_16_is_text_and_of_no_file_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("Iter 1", encoding="utf-16")
    assert (head_of(path), head_of(tmp_path), head_of(tmp_path / "absent")) == ("Iter 1", "", "")
