"""Key: the bearer token that a server is shown, and that is taken out of whatever the server says."""

from __future__ import annotations

import re
from typing import AnyStr

from tunecheck.errors import InputError

# A shorter key is none, and taking it out of texts would spoil them: servers without keys are given "EMPTY" or "x".
_LEAST_CHARACTERS = 8
_INSTEAD = "[key]"


class Key:
    """A key that shows itself in a header and nowhere else; "" is no key."""

    def __init__(self, text: str) -> None:
        """Raises InputError, which does not tell the key, for one that no header can carry."""
        if not (text.isascii() and text.isprintable()):
            raise InputError("the key holds a character that no request can carry", hint="set the variable again")
        self._text = text
        pattern = _pattern(text) if len(text) >= _LEAST_CHARACTERS else None
        self._in_text = re.compile(pattern, re.IGNORECASE) if pattern else None
        self._in_bytes = re.compile(pattern.encode("ascii"), re.IGNORECASE) if pattern else None

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self._text}"} if self._text else {}

    def taken_out(self, said: AnyStr) -> AnyStr:
        r"""The same without the key, in whatever case it is, escaped as in JSON, in Python or in an address, or not.

        Do it before cutting: of a key that is cut, nothing is recognised.

        >>> Key("sk-1/2345").taken_out(r"no: sk-1/2345, SK-1%2f2345, sk\u002d1\/2345")
        'no: [key], [key], [key]'
        """
        if isinstance(said, str):
            return self._in_text.sub(_INSTEAD, said) if self._in_text else said
        return self._in_bytes.sub(_INSTEAD.encode(), said) if self._in_bytes else said


def _pattern(text: str) -> str:
    # A text within a text has its backslashes doubled, so that a run of them is one, as many as there may be.
    return "".join(
        r"(?:(?:\\{1,8}+u005c|%(?:25){0,2}5c){1,64}+|\\{1,64}+)" if part.startswith("\\") else _character(part)
        for part in re.findall(r"\\+|[^\\]", text)
    )


def _character(one: str) -> str:
    code = f"{ord(one):02x}"
    return rf"(?:\\{{0,8}}+{re.escape(one)}|\\{{1,8}}+u00{code}|%(?:25){{0,2}}{code})"
