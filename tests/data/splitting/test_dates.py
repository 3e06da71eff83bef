"""read_times: what people write for a time is the time they mean, or is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.data.splitting.dates import Times, read_times, utc_text
from tunecheck.errors import DataError

DAY = "2021-03-04T00:00:00Z"
MOMENT = "2021-03-04T05:06:07Z"


def read(*values: object) -> Times:
    return read_times(values, label="rows.jsonl", column="when")


def said(*values: object) -> list[str | None]:
    return [None if seconds is None else utc_text(seconds) for seconds in read(*values).seconds]


@pytest.mark.parametrize(
    "value",
    [
        *("2021-03-04T05:06:07Z", "2021-03-04 05:06:07", "2021-03-04T07:06:07+02:00", "2021-03-04 05:06:07 UTC"),
        *("2021-03-04 07:06:07 +0200", "20210304T050607", "Thu, 04 Mar 2021 05:06:07 +0000", "4 Mar 2021 05:06:07 GMT"),
        *(
            1614834367,
            1614834367.0,
            "1614834367",
            1614834367000,
            "1614834367000",
            1614834367000000,
            Decimal(1614834367),
        ),
        *("2021/03/04 05:06:07", "04.03.2021 05:06:07", "March 4, 2021 5:06:07 AM", "4 March 2021 05:06:07"),
        datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC),
        datetime(2021, 3, 4, 5, 6, 7),
        datetime(2021, 3, 4, 6, 6, 7, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_moment_is_read_in_every_spelling(value: object) -> None:
    assert said(value) == [MOMENT]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "2021-03-04",
            "2021/3/4",
            "2021-3-4",
            "04.03.2021",
            "4.3.2021",
            "March 4, 2021",
            "Mar 4 2021",
            "Mar. 4th, 2021",
        ),
        *("4 March 2021", "04-Mar-2021", "20210304", 20210304, date(2021, 3, 4)),
    ],
)
def test_a_day_is_read_in_every_spelling(value: object) -> None:
    assert said(value) == [DAY]


@pytest.mark.parametrize(
    "value",
    [None, "", "yesterday", True, float("nan"), float("inf"), "2021-13-45", [], {}, "Mai 4, 2021", b"2021", 10**400],
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert said(value) == [None]


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
@settings(max_examples=100)
def test_every_spelling_of_a_moment_is_the_same_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    plain = f"{moment:%Y-%m-%d %H:%M:%S}"
    mail = format_datetime(moment)
    spoken = f"{moment:%B} {moment.day}, {moment.year} {moment.strftime('%I:%M:%S %p')}"
    assert len(set(said(moment, moment.isoformat(), plain, mail, spoken))) == 1


@given(st.lists(st.text(max_size=30) | st.integers() | st.floats() | st.none() | st.booleans(), max_size=5))
@settings(max_examples=150)
def test_anything_is_read_or_refused_without_a_crash(values: list[object]) -> None:
    try:
        times = read(*values)
    except DataError:
        return
    assert len(times.seconds) == len(values)
    for seconds in times.seconds:
        assert seconds is None or utc_text(seconds)


def test_one_day_above_twelve_settles_the_order_for_all_rows() -> None:
    assert said("03/04/2021", "13/04/2021")[0] == "2021-04-03T00:00:00Z"
    assert said("03/04/2021", "04/13/2021")[0] == DAY
    assert read("03/04/2021", "13/04/2021").notes[-1] == "when is read as day/month/year"


def test_dates_that_no_row_settles_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        read("01/01/2021", "03/04/2021")
    assert caught.value.message == (
        "rows.jsonl: when holds dates such as '03/04/2021', and no row tells the day from the month"
    )
    assert caught.value.hint == "write the dates as YEAR-MONTH-DAY, for example 2021-03-04"


def test_dates_of_both_orders_are_refused() -> None:
    with pytest.raises(DataError, match="the day first in '13/04/2021' and last in '04/13/2021'"):
        read("13/04/2021", "04/13/2021")


def test_dates_that_mean_the_same_either_way_need_no_order() -> None:
    assert said("03/03/2021", "04/04/2021") == ["2021-03-03T00:00:00Z", "2021-04-04T00:00:00Z"]


def test_seconds_and_milliseconds_may_stand_in_one_column() -> None:
    assert said(1614834367, 1614834367000) == [MOMENT, MOMENT]


def test_years_are_years_only_when_all_numbers_are() -> None:
    assert said(2019, "2021") == ["2019-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]
    assert read(1, 2019, 3000).seconds == (1.0, 2019.0, 3000.0)


def test_times_without_a_zone_are_said_to_be_utc() -> None:
    notes = read("2021-03-04", "2021-03-04T00:00Z").notes
    assert notes == ("times in when without a time zone (1 row) are taken as UTC",)
