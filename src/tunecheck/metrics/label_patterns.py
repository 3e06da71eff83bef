"""Patterns that find labels, the cues before them, and the words that deny them or decline to answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from tunecheck.metrics.label_text import mark_class

# Written without spaces: Han, kana, Thai, Lao, Myanmar, Khmer. A word of them has no boundary to look for.
_SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
)
_HANGUL = "\uac00-\ud7a3"
_ARABIC, _HEBREW = "\u0620-\u064a\u066e-\u06d3", "\u05d0-\u05ea"
# Letters that are words by themselves, so that one before another word is no mention of the label.
_WORD_LETTERS = frozenset("AIOEYUАВИКОСУЯ")
_NEVER = "(?!)"
_NUMBER = re.compile("[0-9]{1,9}")

_CUE_NOUNS = (
    "answer|label|class|category|classification|categorization|sentiment|prediction|verdict|choice|intent|topic|"
    "emotion|rating|score|result|conclusion|output|judge?ment|stance|decision|"
    "antwort|kategorie|klasse|bewertung|stimmung|respuesta|etiqueta|categoría|clasificación|sentimiento|réponse|"
    "catégorie|étiquette|classe|resposta|categoria|classificação|sentimento|risposta|classificazione|antwoord|"
    "ответ|категория|класс|метка|тональность|الإجابة|الجواب|التصنيف|الفئة|التسمية|उत्तर|श्रेणी|भावना|cevap|etiket|"
    "duygu|sınıf|kategori"
)
_CUE_NOUNS_SPACELESS = (
    "答案|标签|標籤|类别|類別|分类|分類|情感|结论|結論|ラベル|カテゴリー?|答え|回答|感情|"
    "คำตอบ|หมวดหมู่|ป้ายกำกับ|정답|레이블|라벨|카테고리|분류|감정|답"
)
_CUE_VERBS = (
    "classif(?:y|ied|ying)|labell?ed|label|categori[sz]ed?|tagged|choose|chose|pick|select|go with|belongs to|falls "
    "(?:under|into)|fits"
)
_IS = (
    "is|are|was|be|would be|should be|seems|appears to be|[:=]|->|=>|→|>|ist|lautet|est|es|é|è|это|هي|هو|है|是|为|為|"
    "は|が|은|는|이|가|คือ|—|–|-"
)
_CALLED = (
    r"[\"')\]]{0,2} (?:is|was) (?:the|my) (?:\w{1,20} ){0,2}?"
    r"(?:answer|label|category|class|choice|option|sentiment)\b"
)
_FILL = (
    "(?:[\\s\"'(\\[{<:]|(?:most likely|likely|probably|clearly|definitely|therefore|overall|mostly|predominantly|"
    "generally|strongly|very|quite|the|a|an|as|be|to|option|choice|letter|label|class|category|number|ein|eine|un|une|"
    "una|la|le|el|o|a) ){0,8}?"
)
_JOINS = r"(?:\s*(?:[,;/|&、，،]|\b(?:and|or|und|oder|y|et|ou|o|e|и|или|و|أو)\b|和|或|と|과|및)\s*){1,2}"
_JOINS_LINES = r"(?:" + _JOINS + r"|\s*\n\s*(?:\d+[.)] ?)?)"

_GAP = (
    r"(?:[ \"'(]+(?!(?:but|however|rather|instead|because|since|so|while|although|though|it|its|it's|this|that|sondern|"
    r"sino|mais|ma|mas|а|но)\b)[\w']+){0,3}"
)
_NOT = (
    r"(?:\b(?:not(?! (?:only|just|merely|sure|certain))|never|no(?! (?:doubt|question))|nor|neither|without|cannot|"
    r"hardly|nothing|rather than|instead of|far from|opposed to|as against|non|nicht|kein\w{0,2}|weder|pas|n'est|ni|"
    r"não|nem|niet|geen|nie|inte|ikke|не|нет|ни|[وف]?(?:ليس|ليست|غير|لا))|n't|n’t)"
)
DENIED_BEFORE = re.compile(
    rf"(?:{_NOT}{_GAP}[ \"'(\[]*|(?:不是|并非|並非|不属于|不屬於|没有|沒有|非|不)[\"'「『]?)$", re.IGNORECASE
)
"""Ends where a denied label begins; sought in the few words before it."""

DENIED_AFTER = re.compile(
    r"[\"')\]]*(?:,? (?:is|are|was|would be|seems|does|do|can)(?:n't| not\b|(?: \w+)? (?:incorrect|wrong|false|out|"
    r"excluded|ruled out)\b)|"
    r"[」』]?(?:ではな|ではあ|じゃな|でな|이 아|가 아|은 아|는 아)| नहीं| değil|不是|不对|不對|"
    r" ist (?:falsch|nicht)|"
    r" no es\b| n'est pas)",
    re.IGNORECASE,
)
"""What denies the label just before it."""

DECLINED = re.compile(
    # The first letters of all that follows: most places of a text fail there, at once.
    r"(?=[iwucnjbнل无無不わ分で수모])(?:\b(?:"
    r"(?:i|we) (?:can ?not|can't|could not|couldn't|am (?:unable|not (?:able|sure|certain))|won't|refuse)|"
    r"(?:i|we) (?:do not|don't) (?:know|have enough)|i'm (?:sorry|unable|not (?:sure|certain|able))|unable to|"
    r"(?:can ?not|can't) (?:be )?(?:determin|classif|tell|say|decide|judg|answer|assist|help)\w*|impossible to|"
    r"not sure|not certain|not enough (?:information|context)|insufficient (?:information|context)|unclear|"
    r"undetermined|inconclusive|none of (?:the above|these|them|the)|not applicable|no (?:idea|answer|label)|"
    r"je ne (?:peux|sais) pas|no (?:puedo|sé)|ich (?:kann|weiss) [^.!?\n]{0,60}\bnicht|não (?:posso|sei)|"
    r"non (?:posso|so)|не (?:могу|знаю)|не уверен\w?|لا (?:أستطيع|يمكنني|أعرف)|bilmiyorum)\b"
    r"|无法|無法|不能确定|不能確定|不确定|不確定|不知道|わかりません|分かりません|できません|수 없|모르겠)",
    re.IGNORECASE,
)
"""Declines to answer; labels after it in the same clause are only spoken of."""

DECLINED_ROLE = re.compile(r"\bas an? (?:ai|large language|language)\b", re.IGNORECASE)
"""Declines where nothing else is found; a label after it may still be the answer."""

DECLINED_WHOLE = frozenset({"none", "n/a", "na", "null", "unknown", "undefined", "nan", "?", "idk", "unsure"})
"""Decline as a whole reply, without case."""

CLAUSE_END = re.compile(r"[.;!?\n。！？；]|\b(?:but|however|though|although|yet|aber|pero|mais|но)\b|但", re.IGNORECASE)
"""Where a declining clause ends."""

CORRECTED = re.compile(r"\b(?:wait|actually|correction|sorry|on second thought|scratch that|no,)", re.IGNORECASE)
"""Takes back what was said before."""

CALLED = re.compile(_CALLED, re.IGNORECASE)
"""What follows a label that is called the answer."""

LED = re.compile(r"[\"')\]]*(?: ?[.,:;!(—–\n]| -|$| because\b| since\b)")
"""What follows a label that answers at the head of a reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPatterns:
    """Patterns whose capturing groups are the names of labels: group i + 1 is name i.

    mention   a name as a word of its own
    cue       a name that a cue announces, such as "answer:"
    verdict   a name that is called the answer, as in "B is the answer"
    joined    a further name after one, with a comma or an "and" between
    """

    mention: re.Pattern[str]
    cue: re.Pattern[str]
    verdict: re.Pattern[str]
    joined: re.Pattern[str]


@lru_cache(maxsize=8)
def label_patterns(names: tuple[tuple[str, bool], ...], *, multi: bool) -> LabelPatterns:
    """Patterns for folded names, of which the longest come first, each with whether only its own case counts.

    ``multi`` lets lists run over lines.
    """
    top = max((int(name) for name, _ in names if _NUMBER.fullmatch(name)), default=0)
    strict, loose = (_either(names, top, strict=strict) for strict in (True, False))
    strict, loose = (f"{_first_of(name for name, _ in names)}(?:{either})" for either in (strict, loose))
    word = f"[^\\W{_SPACELESS}{_HANGUL}]"
    nouns = f"(?<!{word}){_first(_CUE_NOUNS)}(?:{_CUE_NOUNS})s?(?!{word})|(?:{_CUE_NOUNS_SPACELESS})"
    said = rf"(?:{nouns})[\"')\]]*(?: [^\s:=.!?]{{1,30}}+){{0,6}}?[ \"']*{_first(_IS, ':=')}(?:{_IS})"
    verbs = f"(?<!{word}){_first(_CUE_VERBS)}(?:{_CUE_VERBS})"
    done = rf"{verbs}(?: [^\s:=.,!?]{{1,30}}+){{0,4}}? (?:as |under |into |in |to )?"
    boxed = r"\\boxed ?\{ ?(?:\\(?:text|textbf|mathrm) ?\{)?"
    begins = _first(f"{_CUE_NOUNS}|{_CUE_NOUNS_SPACELESS}|{_CUE_VERBS}", r"\\")
    return LabelPatterns(
        mention=re.compile(strict, re.IGNORECASE),
        cue=re.compile(f"{begins}(?:(?:{said}|{done}){_FILL}|{boxed})(?:{loose})", re.IGNORECASE),
        verdict=re.compile(f"(?:{strict}){_CALLED}", re.IGNORECASE),
        joined=re.compile(f"[\"')\\]]*{_JOINS_LINES if multi else _JOINS}[\"'(\\[]*(?:{loose})", re.IGNORECASE),
    )


def _first(words: str, more: str = "") -> str:
    """Looks ahead for the first letter of any of these words: most places of a text fail there, at once."""
    letters = {word[0] for word in words.split("|") if word[0] not in "[-"}
    return f"(?=[{''.join(sorted(letters))}{more}-])"


def _first_of(names: Iterable[str]) -> str:
    letters = {re.escape(name[0]) for name in names}
    return f"(?=[{''.join(sorted(letters))}وفبكلاובכלמשה])"


def _either(names: Sequence[tuple[str, bool]], top: int, *, strict: bool) -> str:
    """One capturing group per name, between boundaries that neighbours share: these are long."""
    parts = []
    for (left, right), alike in groupby(names, key=lambda one: (_left(one[0]), _right(one[0], top))):
        bodies = "|".join(_body(name, exact, strict=strict) for name, exact in alike)
        parts.append(f"{left}(?:{bodies}){right}")
    return "|".join(parts) or _NEVER


def _body(name: str, exact: bool, *, strict: bool) -> str:
    """A name; in running text a capital letter counts only in its own case."""
    if len(name) == 1 and name.isalpha() and name.upper() != name.lower():
        return _letter(name, exact or (strict and name.isupper()))
    return f"((?-i:{re.escape(name)}))" if exact else f"({re.escape(name)})"


def _letter(name: str, exact: bool) -> str:
    """A label of one letter, never where it is a word before a word."""
    body = f"((?-i:{name}))" if exact else f"({name})"
    after = "(?!'\\w)"
    if name.upper() in _WORD_LETTERS:
        then = "" if name.upper() == "I" else "(?! (?:is|because|since|as|and|or|but)\\b)"
        named = "|".join(f"(?<=\\b{noun} )" for noun in ("option", "choice", "answer", "label", "class", "category"))
        return f"(?:{named}|(?!{name}{then} [^\\W\\d_])){body}{after}"
    return body + after


def _left(name: str) -> str:
    edge = name[0]
    if re.match(f"[{_SPACELESS}]", edge) or not edge.isalnum():
        return ""
    if re.match(f"[{_HANGUL}]", edge):
        return f"(?<![{_HANGUL}])"
    bound = f"(?<![^\\W{_SPACELESS}{_HANGUL}])(?<![{_marks(edge)}])"
    if _NUMBER.fullmatch(name):
        return rf"(?<!\d[.,])(?<![-$€£])(?<!out of ){bound}"
    # "And", "in", "the" and the like are written together with the word after them.
    if re.match(f"[{_ARABIC}]", edge):
        return bound + "[وفبكل]{0,2}(?:ال)?"
    return bound + ("[ובכלמשה]{0,3}" if re.match(f"[{_HEBREW}]", edge) else "")


def _marks(edge: str) -> str:
    """Marks that may stand beside this letter; all of them take long to compile."""
    return "\u0300-\u036f" if edge.isascii() else mark_class()


def _right(name: str, top: int) -> str:
    edge = name[-1]
    if re.match(f"[{_HANGUL}]", edge):
        return ""
    if re.match(f"[{_SPACELESS}]", edge):
        return f"(?![{mark_class()}])"
    if not re.match(f"[\\w{mark_class()}]", edge):
        return ""
    bound = f"(?![^\\W{_SPACELESS}{_HANGUL}])(?![{_marks(edge)}+#])"
    if _NUMBER.fullmatch(name):
        return (rf"(?: ?/ ?{top}| out of {top})?" if top > 2 else "") + rf"(?![.,/:]?\d)(?! ?%){bound}"
    if re.match(f"[{_ARABIC}]", edge):
        return "(?:ة|ا\u064b?)?" + bound
    return ("(?:ה|ת|ים|ות)?" if re.match(f"[{_HEBREW}]", edge) else "") + bound
