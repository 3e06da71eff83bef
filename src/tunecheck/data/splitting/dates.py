"""Dates: what people write in a column of times, as seconds since 1970, with the spelling decided once for all rows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime

from tunecheck.data.splitting.table import n_rows_text
from tunecheck.errors import DataError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:[ ,T]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_SPELLINGS = tuple(
    re.compile(pattern + _CLOCK)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        rf"{_MONTH} {_DAY},? (?P<year>\d{{4}})",
        rf"{_DAY}[ -]{_MONTH}[ ,-]+(?P<year>\d{{4}})",
        r"(?P<year>\d{4})-(?P<month>\d{1,2})(?P<day>)",
        rf"{_MONTH} (?P<year>\d{{4}})(?P<day>)",
    )
)
_EITHER_WAY = re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<year>\d{4})" + _CLOCK)
# From so many on, a number is milliseconds, microseconds, nanoseconds: as seconds it would be after the year 5138.
_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_YEARS = (1900, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds since 1970 for each value, None where one cannot be read, and what was assumed about them."""

    seconds: tuple[float | None, ...]
    notes: tuple[str, ...]


def read_times(values: Sequence[object], *, label: str, column: str) -> Times:
    """Times of a column: ISO 8601, RFC 2822, numbers since 1970, and the usual ways to write a date.

    03/04/2021 is read as the other rows demand: one day above 12 settles it. Raises DataError when none does. A time
    without a zone is UTC.
    """
    numbers = [_number(value) for value in values]
    whole = _whole_dates([number for number in numbers if number is not None])
    day_first = _day_first(values, label, column)
    seconds: list[float | None] = []
    n_naive = 0
    for value, number in zip(values, numbers, strict=True):
        if number is not None:
            seconds.append(_of_number(number, whole))
            continue
        moment = _moment(value, day_first)
        n_naive += moment is not None and moment.tzinfo is None
        seconds.append(None if moment is None else _seconds(moment))
    notes = [f"times in {column} without a time zone ({n_rows_text(n_naive)}) are taken as UTC"] if n_naive else []
    if day_first is not None:
        notes.append(f"{column} is read as {'day/month/year' if day_first else 'month/day/year'}")
    return Times(seconds=tuple(seconds), notes=tuple(notes))


def _seconds(moment: datetime) -> float:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) / timedelta(seconds=1)


def utc_text(seconds: float) -> str:
    """Seconds since 1970 for people: 2021-03-04T05:06:07Z, or the number when no calendar has it."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:g} seconds since 1970"
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _number(value: object) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None


def _whole_dates(numbers: Sequence[float]) -> str:
    """How to read a column of which every number is a year (2021), or a date without signs (20210304)."""
    if numbers and all(number.is_integer() and _YEARS[0] <= number <= _YEARS[1] for number in numbers):
        return "%Y"
    if numbers and all(_in_form(number, "%Y%m%d") is not None for number in numbers):
        return "%Y%m%d"
    return ""


def _in_form(number: float, form: str) -> datetime | None:
    if not number.is_integer() or not _YEARS[0] <= number <= (_YEARS[1] + 1) * 10_000:
        return None
    try:
        moment = datetime.strptime(str(int(number)), form)
    except ValueError:
        return None
    return moment if _YEARS[0] <= moment.year <= _YEARS[1] else None


def _of_number(number: float, whole: str) -> float:
    moment = _in_form(number, whole) if whole else None
    if moment is not None:
        return _seconds(moment)
    return number / next((scale for least, scale in _SCALES if abs(number) >= least), 1.0)


def _day_first(values: Sequence[object], label: str, column: str) -> bool | None:
    """Of dates such as 03/04/2021: is the day first? None when there are none, or it makes no difference."""
    pairs = []
    for place, value in enumerate(values):
        match = _EITHER_WAY.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is not None:
            pairs.append((place, int(match["a"]), int(match["b"])))
    day_first = next((values[place] for place, a, _ in pairs if a > 12), None)
    month_first = next((values[place] for place, _, b in pairs if b > 12), None)
    hint = "write the dates as YEAR-MONTH-DAY, for example 2021-03-04"
    if day_first is not None and month_first is not None:
        raise DataError(f"{label}: {column} has the day first in {day_first!r} and last in {month_first!r}", hint=hint)
    unclear = next((values[place] for place, a, b in pairs if a != b), None)
    if day_first is None and month_first is None and unclear is not None:
        raise DataError(
            f"{label}: {column} holds dates such as {unclear!r}, and no row tells the day from the month", hint=hint
        )
    return day_first is not None if pairs and (day_first or month_first) else None


def _moment(value: object, day_first: bool | None) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if not isinstance(value, str) or not 6 <= len(value.strip()) <= 60:
        return None
    text = value.strip()
    for read in (_iso, _spelled, _mail):
        moment = read(text)
        if moment is not None:
            return moment
    match = _EITHER_WAY.fullmatch(text)
    if match is None:
        return None
    a, b = int(match["a"]), int(match["b"])
    return _built(match, month=b if day_first else a, day=a if day_first else b)


def _iso(text: str) -> datetime | None:
    plain = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", text)
    plain = re.sub(r"(?<=\d)\s+([+-]\d{2}:?\d{2})$", r"\1", plain)
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return None


def _spelled(text: str) -> datetime | None:
    for spelling in _SPELLINGS:
        match = spelling.fullmatch(text)
        if match is None:
            continue
        month = match["month"]
        number = int(month) if month.isdigit() else _month(month)
        if number is not None:
            return _built(match, month=number, day=int(match["day"] or 1))
    return None


def _month(name: str) -> int | None:
    short = name[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None


def _mail(text: str) -> datetime | None:
    if not re.match(r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d", text):
        return None
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _built(match: re.Match[str], *, month: int, day: int) -> datetime | None:
    clock = match["clock"] or "00:00"
    clock = clock if clock[1] != ":" else f"0{clock}"
    zone = {None: "", "UTC": "Z", "GMT": "Z"}.get(match["zone"], match["zone"] or "")
    try:
        moment = datetime.fromisoformat(f"{match['year']}-{month:02}-{day:02}T{clock}{zone}")
    except ValueError:
        return None
    half = (match["half"] or "")[:1].lower()
    if half and not 1 <= moment.hour <= 12:
        return None
    return moment.replace(hour=moment.hour % 12 + 12 * (half == "p")) if half else moment
