"""Tokens: what lets a person in. 128 random bits each; only their hashes are stored."""

from __future__ import annotations

import hashlib
import re
import secrets

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def new_token() -> str:
    """A token, 22 characters that stand in an address as they are."""
    return secrets.token_urlsafe(16)


def new_secret() -> str:
    """The secret of a study, 256 bits in hex."""
    return secrets.token_hex(32)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def token_hash(token: str) -> str:
    """What is stored of a token. It has 128 random bits, so a plain hash cannot be tried out."""
    return hashlib.sha256(token.encode()).hexdigest()
