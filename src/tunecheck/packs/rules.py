"""Rules: whether a model's answer to a retained skill is right, decided by reading it and never by running it.

A rule is kind to a talkative answer ("The answer is 42.") and hard on one that does not commit ("42 or 43"). Every
rule looks at each character a fixed number of times, holds no pattern that comes from data, and raises nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

RuleKind = Literal[
    "avoids_letter",
    "code_line",
    "ends_with",
    "equals",
    "json",
    "list",
    "number",
    "sequence",
    "starts_with",
    "unanswerable",
    "uppercase",
    "word",
    "word_count",
    "yes_no",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How an answer is checked. Which fields matter depends on ``kind``:

    avoids_letter  at least ``count`` words, and ``letter`` in none of them, in either case
    code_line      one of ``answers`` is the only code block, a line, or between backticks; spaces and a last semicolon
                   do not matter
    ends_with      the answer ends with one of ``answers``, in this case and with these signs
    equals         the whole answer is one of ``answers``, beside case, spaces, quotes and closing signs
    json           the first JSON object has exactly ``keys``, and where ``values`` names one, that JSON text as value
    list           exactly ``count`` entries; ``marker`` "-" wants bullets, "1" wants numbers from 1, "" takes any lines
    number         ``number`` is the value committed to; ``given`` are numbers of the prompt that may be repeated
    sequence       the last mentions of ``answers`` come in this order
    starts_with    as ends_with, at the beginning
    unanswerable   says that the text does not tell, and mentions none of ``rivals``
    uppercase      has at least ``count`` words, and no small letter
    word           one of ``answers`` is said, not denied and not one of two guesses; none of ``rivals`` is said
    word_count     exactly ``count`` words
    yes_no         commits to the first of ``answers``, which is "yes" or "no"
    """

    kind: RuleKind
    answers: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    number: float = 0.0
    given: tuple[float, ...] = ()
    count: int = 0
    letter: str = ""
    marker: Literal["", "-", "1"] = ""
    keys: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


# A number longer than this is nobody's answer, and reading it would take more than linear time.
LONGEST_NUMBER = 30

# Blocks in which models think aloud before they answer.
_THINKING = ("think", "thinking", "reasoning")

_WORD = re.compile(r"[\w']+")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_ANSWER = re.compile("answer", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_DENIALS = frozenset(
    ("aren't", "can't", "cannot", "doesn't", "isn't", "neither", "never", "nor", "not", "wasn't", "without")
)
_MARKS, _STOPS = "\"'`*()[]{}“”_", ".,!?;:-–—"
_MAYBE = frozenset(("also", "else", "even", "maybe", "perhaps", "possibly", "probably"))
_COUNTING = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TELLS = ("give", "include", "mention", "provide", "reveal", "say", "specify", "state", "tell")
_TOLD = ("given", "included", "in the text", "mentioned", "provided", "revealed", "said", "specified", "stated")
_KNOWN = ("answer", "be answered", "be determined", "be known", "determine", "know", "say", "tell")
_NO_ANSWER = tuple(
    tuple(phrase.split())
    for phrase in (
        *(f"{denial} {verb}" for denial in ("does not", "doesn't", "did not", "didn't") for verb in _TELLS),
        *(f"{denial} {verb}" for denial in ("not", "isn't", "wasn't", "never") for verb in _TOLD),
        *(f"{denial} {verb}" for denial in ("cannot", "can't", "impossible to", "not possible to") for verb in _KNOWN),
        *("is unknown", "no information", "no mention", "not enough information", "unanswerable"),
    )
)


def passes(rule: Rule, output: str) -> bool:
    """Whether ``output`` is a right answer. Never raises; time is linear in the length of ``output``.

    >>> fortytwo = Rule(kind="number", number=42, given=(6, 7))
    >>> [passes(fortytwo, answer) for answer in ("6 times 7 is 42.", "42 or 43", "It is 420")]
    [True, False, False]
    """
    return _CHECKS[rule.kind](rule, without_thinking(output))


def without_thinking(output: str) -> str:
    """What follows the last closed thinking block; nothing of an output that never stopped thinking.

    Templates often open the block in the prompt, so that only its end is in the output.
    """
    for tag in _THINKING:
        _, closed, said = output.rpartition(f"</{tag}>")
        output = said if closed else output
    return "" if output.lstrip().startswith(tuple(f"<{tag}>" for tag in _THINKING)) else output


def _plain(text: str) -> str:
    """Folded for reading words: one form of each sign, small letters, straight apostrophes."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")


def _words(text: str) -> list[str]:
    """Words of a text, folded, without apostrophes at their ends."""
    stripped = (word.strip("'_") for word in _WORD.findall(_plain(text)))
    return [word for word in stripped if word]


def _body(output: str) -> str:
    """The answer without a code fence around it, and without the quotes or asterisks that wrap the whole of it."""
    text = output.strip()
    lines = text.split("\n")
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        text = "\n".join(lines[1:-1]).strip()
    for sign in ("**", '"', "`", "“"):
        closing = "”" if sign == "“" else sign
        if len(text) > 2 * len(sign) and text.startswith(sign) and text.endswith(closing):
            text = text[len(sign) : -len(closing)].strip()
    return text


def _equals(rule: Rule, output: str) -> bool:
    return _folded(output) in {_folded(answer) for answer in rule.answers}


def _folded(text: str) -> str:
    return " ".join(_plain(_body(text)).split()).strip("\"'`*.!“” ")


def _places(words: Sequence[str], phrase: Sequence[str]) -> list[int]:
    """Where a phrase begins in the words. Phrases come from the pack and are short, so this is linear in the words."""
    width = len(phrase)
    if not width:
        return []
    first = phrase[0]
    return [at for at, word in enumerate(words) if word == first and list(words[at : at + width]) == list(phrase)]


def _says(words: Sequence[str], phrases: Sequence[str]) -> bool:
    return any(_places(words, _words(phrase)) for phrase in phrases)


def _word(rule: Rule, output: str) -> bool:
    words = _words(output)
    if _says(words, rule.rivals):
        return False
    answers = [_words(answer) for answer in rule.answers]
    own = {word for answer in answers for word in answer}
    said = False
    for answer in answers:
        for at in _places(words, answer):
            if _hedged(words, at, at + len(answer), own):
                return False
            said = said or not _DENIALS.intersection(words[max(0, at - 2) : at])
    return said


def _hedged(words: Sequence[str], begin: int, end: int, own: set[str]) -> bool:
    """Whether "or" joins words[begin:end] to something that is no answer."""
    after = [word for word in words[end : end + 3] if word not in _MAYBE]
    before = [word for word in words[max(0, begin - 3) : begin] if word not in _MAYBE]
    if len(after) > 1 and after[0] == "or" and after[1] not in own:
        return True
    return len(before) > 1 and before[-1] == "or" and before[-2] not in own


def _yes_no(rule: Rule, output: str) -> bool:
    tokens = _plain(output).split()
    bare = [token.strip(_MARKS + _STOPS) for token in tokens]
    said = [(at, word) for at, word in enumerate(bare) if word in ("yes", "no")]
    if not said:
        return False
    at, word = said[0]
    # After an answer that begins a sentence, "no doubt" is no answer but "no." is: a sign or the end follows it.
    later = [
        other
        for place, other in said[1:]
        if place == len(bare) - 1 or tokens[place].rstrip(_MARKS).endswith(tuple(_STOPS))
    ]
    begins = at == 0 or tokens[at - 1].rstrip(_MARKS).endswith((".", "!", "?", ":"))
    if not begins:
        later = [other for _, other in said[1:]]
    joined = bare[at + 1 : at + 2] in (["or"], ["and"]) and len(said) > 1
    return word in rule.answers[:1] and not joined and all(other == word for other in later)


@dataclass(frozen=True, slots=True)
class _Found:
    value: float
    begin: int
    end: int


def _numbers(text: str) -> list[_Found]:
    found = []
    for match in _NUMBER.finditer(text):
        begin, written = match.start(), match.group()
        before = text[begin - 1] if begin else " "
        if before.isalpha() or before == "_":
            continue
        whole, dot, rest = written.partition(".")
        # "1,250" is one number; "3,5" and "3, 5" are two, of which a comma at the end is no part.
        parts = [whole] if _GROUPED.fullmatch(whole) else whole.split(",")
        offset = begin
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            digits = part.replace(",", "") + (dot + rest if last else "")
            end = offset + len(part) + (len(dot + rest) if last else 0)
            if part and len(digits) <= LONGEST_NUMBER:
                found.append(_Found(_sign(text, offset) * float(digits), offset, end))
            elif part:
                found.append(_Found(float("nan"), offset, end))
            offset += len(part) + 1
    return found


def _sign(text: str, at: int) -> float:
    """-1.0 where "negative" or a minus stands before a number and nothing that it could be subtracted from."""
    if text[max(0, at - 9) : at].casefold() == "negative ":
        return -1.0
    if at == 0 or text[at - 1] not in "-−":
        return 1.0
    return 1.0 if at > 1 and (text[at - 2].isalnum() or text[at - 2] in ")]") else -1.0


def _number(rule: Rule, output: str) -> bool:
    text = unicodedata.normalize("NFKC", output)
    found = _numbers(text)
    if not found:
        return _counted_in_words(rule, text)
    new = [one for one in found if one.value not in rule.given or one.value == rule.number]
    if not any(one.value == rule.number for one in new) or new[-1].value != rule.number:
        return False
    if any(_joined_by_or(text, left, right) for left, right in pairwise(new)):
        return False
    return _announced(text, found, rule.number)


def _joined_by_or(text: str, left: _Found, right: _Found) -> bool:
    if left.value == right.value or right.begin - left.end > 40:
        return False
    between = [word for word in _words(text[left.end : right.begin]) if word not in _MAYBE]
    return "or" in between[:2]


def _announced(text: str, found: Sequence[_Found], number: float) -> bool:
    """Whether the last number that follows the word "answer" closely, if there is one, is the right one."""
    begins = [match.end() for match in _ANSWER.finditer(text)]
    at = 0
    announced: list[float] = []
    for begin in begins:
        while at < len(found) and found[at].begin < begin:
            at += 1
        if at < len(found) and found[at].begin - begin <= 12:
            announced.append(found[at].value)
    return not announced or announced[-1] == number


def _counted_in_words(rule: Rule, text: str) -> bool:
    counts = [float(_COUNTING.index(word)) for word in _words(text) if word in _COUNTING]
    new = [count for count in counts if count not in rule.given or count == rule.number]
    return bool(new) and all(count == rule.number for count in new)


def _sequence(rule: Rule, output: str) -> bool:
    wanted = [" ".join(_words(answer)) for answer in rule.answers]
    known = set(wanted)
    said = [word for word in _words(output) if word in known]
    return said[-len(wanted) :] == wanted


def _starts_with(rule: Rule, output: str) -> bool:
    return _body(output).startswith(rule.answers)


def _ends_with(rule: Rule, output: str) -> bool:
    return _body(output).rstrip('*`"”').endswith(rule.answers)


def _spoken(output: str) -> list[str]:
    """Words as a person counts them: what stands between spaces and has a letter or a digit."""
    return [word for word in _body(output).split() if any(letter.isalnum() for letter in word)]


def _word_count(rule: Rule, output: str) -> bool:
    return len(_spoken(output)) == rule.count


def _uppercase(rule: Rule, output: str) -> bool:
    return len(_spoken(output)) >= max(1, rule.count) and not any(letter.islower() for letter in _body(output))


def _avoids_letter(rule: Rule, output: str) -> bool:
    return len(_spoken(output)) >= max(1, rule.count) and rule.letter.casefold() not in _plain(_body(output))


def _list(rule: Rule, output: str) -> bool:
    lines = [line for line in _body(output).split("\n") if line.strip()]
    marked = [(len(line) - len(line.lstrip()), _marker(line.strip())) for line in lines]
    marked = [(indent, marker) for indent, marker in marked if marker]
    if not marked:
        return not rule.marker and len(lines) == rule.count
    # What is set further in than the first entry belongs to an entry.
    markers = [marker for indent, marker in marked if indent <= marked[0][0]]
    if rule.marker == "1":
        return markers == [str(place + 1) for place in range(rule.count)]
    return len(markers) == rule.count and (rule.marker == "" or set(markers) == {"-"})


def _marker(line: str) -> str:
    """ "-" for a bullet, the digits for a numbered line, else ""."""
    if line[:2] in ("- ", "* ", "• ", "+ "):
        return "-"
    digits = line[: len(line) - len(line.lstrip("0123456789"))]
    return digits if digits and line[len(digits) : len(digits) + 1] in (".", ")") else ""


def _json(rule: Rule, output: str) -> bool:
    begin = output.find("{")
    if begin < 0:
        return False
    try:
        found, _ = json.JSONDecoder().raw_decode(output[begin:])
        # An array around the object is another shape than the one asked for.
        if output[:begin].rstrip().endswith("[") or set(found) != set(rule.keys):
            return False
        return all(_canonical(found[key]) == _canonical(json.loads(text)) for key, text in rule.values)
    except (ValueError, KeyError, RecursionError):
        return False


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _code_line(rule: Rule, output: str) -> bool:
    answers = {_tight(answer) for answer in rule.answers}
    blocks = [block.partition("\n")[2] for block in output.split("```")[1::2]] or [output]
    if len(blocks) == 1 and _tight(blocks[0]) in answers:
        return True
    lines = [_tight(line) for line in output.split("\n") if line.strip() and not line.strip().startswith("```")]
    quoted = [_tight(part) for part in output.replace("```", "\n").split("`")[1::2]]
    stems = {answer[:3] for answer in answers}
    # Whatever begins like an answer is one: all of them must be right, so that two guesses are none.
    claims = [part for part in (*lines, *quoted) if part[:3] in stems]
    return bool(claims) and all(claim in answers for claim in claims)


def _tight(line: str) -> str:
    return "".join(line.split()).strip("`").removesuffix(";").replace("'", '"')


def _unanswerable(rule: Rule, output: str) -> bool:
    words = _words(output)
    return not _says(words, rule.rivals) and any(_places(words, phrase) for phrase in _NO_ANSWER)


_CHECKS: dict[RuleKind, Callable[[Rule, str], bool]] = {
    "avoids_letter": _avoids_letter,
    "code_line": _code_line,
    "ends_with": _ends_with,
    "equals": _equals,
    "json": _json,
    "list": _list,
    "number": _number,
    "sequence": _sequence,
    "starts_with": _starts_with,
    "unanswerable": _unanswerable,
    "uppercase": _uppercase,
    "word": _word,
    "word_count": _word_count,
    "yes_no": _yes_no,
}
