"""prepare_eval_split: what is given as a table comes back as two of its kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tunecheck as tc


class Series:
    """As pandas.Series, which has ``iloc`` like a data frame, and a ``to_dict`` that takes no orientation."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def to_dict(self) -> dict[int, str]:
        return dict(enumerate(self.texts))

    @property
    def iloc(self) -> _Places:
        return _Places(self)


class _Places:
    def __init__(self, series: Series) -> None:
        self.series = series

    def __getitem__(self, places: list[int]) -> Series:
        return Series([self.series.texts[place] for place in places])


def test_a_series_of_texts_comes_back_as_two(capsys: pytest.CaptureFixture[str]) -> None:
    texts = Series([f"the text of number {n} and of {n * n}" for n in range(50)])
    train, validation = tc.prepare_eval_split(texts)
    assert sorted([*train, *validation]) == sorted(texts)
    assert capsys.readouterr().out == "Train: 45 | Validation: 5\n"
