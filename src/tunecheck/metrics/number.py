"""Number: whether the number that a prediction ends on is that of the reference, however both are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import ClassVar

from tunecheck.core import Unscored
from tunecheck.errors import InputError
from tunecheck.metrics.metric import Case, Values

# The relative difference that numbers with a fraction may have: what rounding in single precision leaves.
TOLERANCE = 1e-6

_END_CHARACTERS = 10_000
# Enough digits for the difference of any answers, and exponents without end: nothing overflows or raises.
_ROOMY = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])

# Signs of other scripts and of typography, Arabic separators and marks of direction, as ASCII has them.
_ASCII_SIGNS = str.maketrans("−－﹣＋．，٫٬％٪⁄／×’", "---+.,.,%%//*'", "\u200e\u200f\u061c")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile("10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_GROUPING_SPACE = re.compile("(?<=[0-9])[\u00a0\u202f\u2009](?=[0-9]{3}(?![0-9]))")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\{([0-9]{1,50})\}\{([0-9]{1,50})\}")
_LATEX_SIGNS = str.maketrans({"{": "", "}": "", "\\": ""})

_NUMBER = re.compile(
    r"""(?:(?<![\w)])(?P<sign>[-+]))?
    (?:[$€£¥₹₽₩﷼][ ]?(?P<late>[-+]?))?
    (?<![A-Za-z0-9_])(?P<digits>\.?[0-9]++(?:[.,'][0-9]++)*+)
    (?P<exponent>[eE][-+]?[0-9]{1,6}(?![0-9])|[ ]?\*[ ]?10\^[-+]?[0-9]{1,6}(?![0-9]))?
    (?:[ ]?/[ ]?(?P<below>[0-9]{1,300}(?![0-9/]|[.,][0-9]))|[ ](?P<upper>[0-9]{1,9})/(?P<lower>[0-9]{1,9})(?![0-9/]))?
    [ ]?(?P<percent>%)?""",
    re.VERBOSE,
)
_ONE_NUMBER = (
    (re.compile(r"[0-9]*\.?[0-9]+"), ""),
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"), ","),
    (re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?"), ","),
    (re.compile(r"[1-9][0-9]{0,2}(?:'[0-9]{3})+(?:\.[0-9]+)?"), "'"),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?"), "."),
    (re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3},[0-9]+"), "."),
    # No group of three after the comma, or nothing before it that could be grouped.
    (re.compile(r"[0-9]+,[0-9]+"), ""),
)
_CUE = re.compile(r"\banswer(?:\s{1,3}is|\s{0,3}:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A number as a text has it.

    value       the number before a percent sign
    is_percent  a percent sign follows
    is_whole    it is written without fraction, exponent and percent sign
    """

    value: Decimal
    is_percent: bool
    is_whole: bool


def answer_number(text: str) -> Written | None:
    r"""The number that a text gives as its answer; None where there is none.

    The first number after the last "####", or the last one in the last \boxed{}, or the first after the last "answer
    is" or "answer:", or else the last of the text. Read are the digits of every script, thousands in groups, decimal
    commas where they can be nothing else, fractions and mixed numbers, powers of ten, currencies and percent signs.

    >>> for text in ("18 - 3 = 15", r"\boxed{\frac{3}{4}}", "The answer is ۱٬۲۳۴ in 2 days", "12,5 %"):
    ...     print(answer_number(text).value)
    15
    0.75
    1234
    12.5
    """
    if "####" in text and (found := next(_numbers(text.rpartition("####")[2]), None)):
        return found
    if found := _last(_numbers(_last_box(text))):
        return found
    *_, cue = (None, *_CUE.finditer(text))
    if cue and (found := next(_numbers(text[cue.end() :]), None)):
        return found
    # The end of a long text has its last number, and is cheaper than the text.
    end = text[text.find(" ", len(text) - _END_CHARACTERS) :] if len(text) > _END_CHARACTERS else text
    return _last(_numbers(end)) or _last(_numbers(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """1 where the answer's number is that of a reference, else 0; a prediction without a number is wrong.

    tolerance  how far they may differ, relative to the reference; where None, whole numbers must be equal and others
               within 1e-6
    Where only one of both has a percent sign, 50% is both 50 and 0.5. Unscored where no reference has a number.

    >>> Number().score(Case(prediction="So she pays $1,250.00.", references=("#### 1250",)))
    {'number': 1.0}
    """

    tolerance: float | None = None

    measures: ClassVar[tuple[str, ...]] = ("number",)
    lower_is_better: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if self.tolerance is not None and not 0 <= self.tolerance < 1:
            raise InputError(
                f"the tolerance {self.tolerance} is not between 0 and 1", hint="0.01 lets one percent pass"
            )

    @property
    def signature(self) -> str:
        """The tolerance."""
        shown = f"whole numbers 0, others {TOLERANCE:g}" if self.tolerance is None else f"{self.tolerance:g}"
        return f"number|tolerance:{shown}|references:any"

    def score(self, case: Case) -> Values:
        """The measure ``number``."""
        wanted = [found for reference in case.references if (found := answer_number(reference))]
        if not wanted:
            return {"number": Unscored(reason="the reference has no number")}
        got = answer_number(case.prediction)
        return {"number": float(got is not None and any(self._is_equal(got, one) for one in wanted))}

    def _is_equal(self, got: Written, wanted: Written) -> bool:
        if self.tolerance is None and got.is_whole and wanted.is_whole:
            return got.value == wanted.value
        tolerance = Decimal(TOLERANCE if self.tolerance is None else self.tolerance)
        readings = [(got.value, wanted.value)]
        if got.is_percent != wanted.is_percent:
            hundredth = Decimal("0.01")
            readings.append(
                (_ROOMY.multiply(got.value, hundredth), wanted.value)
                if got.is_percent
                else (got.value, _ROOMY.multiply(wanted.value, hundredth))
            )
        return any(
            _ROOMY.subtract(one, other).copy_abs() <= _ROOMY.multiply(tolerance, other.copy_abs())
            for one, other in readings
        )


def _numbers(text: str) -> Iterator[Written]:
    for found in _NUMBER.finditer(_in_ascii(text)):
        *before, last = _separate(found["digits"])
        for digits in before:
            yield Written(value=Decimal(digits), is_percent=False, is_whole="." not in digits)
        value = Decimal(last + _exponent(found["exponent"]))
        if below := found["below"] or found["lower"]:
            over = Decimal(found["upper"] or value)
            if not int(below):
                continue
            part = _ROOMY.divide(over, Decimal(below))
            value = _ROOMY.add(value, part) if found["upper"] else part
        if "-" in (found["sign"], found["late"]):
            # Unlike minus, this does not round to the digits of the thread's context.
            value = value.copy_negate()
        is_whole = not (below or found["exponent"] or found["percent"] or "." in last)
        yield Written(value=value, is_percent=found["percent"] is not None, is_whole=is_whole)


def _separate(digits: str) -> list[str]:
    """Digits with separators as numbers that have at most a decimal point: one, or several as in "1,2,3"."""
    for shape, grouping in _ONE_NUMBER:
        if shape.fullmatch(digits):
            return [(digits.replace(grouping, "") if grouping else digits).replace(",", ".")]
    parts = digits.replace("'", ",").split(",")
    return [one for part in parts for one in ([part] if part.count(".") <= 1 else part.split(".")) if one]


def _exponent(written: str | None) -> str:
    return "e" + re.split(r"[eE^]", written)[1] if written else ""


def _in_ascii(text: str) -> str:
    """The same numbers in ASCII digits and signs, without LaTeX."""
    if not text.isascii():
        text = _POWER.sub(lambda found: f"10^{found[1].translate(_SUPERSCRIPT)}", text)
        text = "".join(_digit(sign) if ord(sign) > 127 else sign for sign in text).translate(_ASCII_SIGNS)
        text = _GROUPING_SPACE.sub("'", text)
    if "\\" in text:
        text = _LATEX_FRACTION.sub(r"\1/\2", text).replace("\\times", "*").replace("\\cdot", "*")
        text = text.replace("\\!", "").replace("\\,", "'").translate(_LATEX_SIGNS)
    return text.replace("{", "").replace("}", "")


def _digit(sign: str) -> str:
    """A decimal digit of any script in ASCII; a fraction such as ½ as what it is; any other sign as it stands."""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if unicodedata.category(sign) == "No" and "\u2044" in (spelt := unicodedata.normalize("NFKC", sign)):
        return f" {spelt}"
    return sign


def _last_box(text: str) -> str:
    r"""What stands in the last \boxed{}, which runs to the end where it is never closed; "" where there is none."""
    _, box, inside = text.rpartition("\\boxed{")
    depth = 1
    for brace in re.finditer("[{}]", inside if box else ""):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return inside[: brace.start()]
    return inside if box else ""


def _last(found: Iterator[Written]) -> Written | None:
    last = None
    for last in found:  # noqa: B007
        pass
    return last
