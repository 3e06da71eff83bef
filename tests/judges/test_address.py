"""Addresses of judges, as people type them."""

from __future__ import annotations

import pytest

from tunecheck.errors import InputError
from tunecheck.judges import parse_address


@pytest.mark.parametrize(
    ("text", "name", "is_here"),
    [
        ("openai:http://127.0.0.1:8000/v1#m", "openai:http://127.0.0.1:8000/v1#m", True),
        ("openai:http://localhost/v1/#org/m-7b:q4", "openai:http://localhost/v1#org/m-7b:q4", True),
        ("openai:http://[::1]:8000/v1#m", "openai:http://[::1]:8000/v1#m", True),
        ("openai:HTTPS://API.Example.com/v1#a model", "openai:https://api.example.com/v1#a model", False),
        ("openai:http://127.0.0.1.example.com#m", "openai:http://127.0.0.1.example.com#m", False),
        ("openai:http://localhost.example.com#m", "openai:http://localhost.example.com#m", False),
        ("openai:http://192.168.0.4:8000/v1#m", "openai:http://192.168.0.4:8000/v1#m", False),
        ("openai:http://0.0.0.0:8000/v1#m", "openai:http://0.0.0.0:8000/v1#m", False),
        ("openai:http://2130706433/v1#m", "openai:http://2130706433/v1#m", False),
    ],
)
def test_an_address_is_read_and_what_leaves_this_machine_is_known(text: str, name: str, is_here: bool) -> None:
    found = parse_address(text)
    assert (found.name, found.is_here) == (name, is_here)
    assert parse_address(found.name) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpt-4", "the judge 'gpt-4' is not an address of the form openai:URL#NAME"),
        ("http://127.0.0.1/v1#m", "the judge 'http://127.0.0.1/v1#m' is not an address of the form openai:URL#NAME"),
        ("openai:127.0.0.1:8000#m", "a judge's address begins with openai:http:// or openai:https://"),
        ("openai:file:///etc/passwd#m", "a judge's address begins with openai:http:// or openai:https://"),
        ("openai:http://#m", "a judge's address names no host, or the port 0"),
        ("openai:http://h:0#m", "a judge's address names no host, or the port 0"),
        ("openai:http://h:99999#m", "the judge's address has a host or port that cannot be read"),
        ("openai:http://[::1#m", "the judge's address has a host or port that cannot be read"),
        ("openai:http://h/v1", "the judge at http://h has no name: what its server calls the model follows a #"),
        ("openai:http://h/a b#m", "a judge's address holds a space or a character that cannot be printed"),
        ("openai:http://h/v1#m\x1b[2J", "a judge's address holds a space or a character that cannot be printed"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_told_with_an_example(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_address(text)
    assert caught.value.message == message
    assert caught.value.hint == "--judge openai:http://127.0.0.1:8000/v1#NAME"


@pytest.mark.parametrize(
    "text",
    [
        "openai:https://me:hunter2@api.example.com/v1#m",
        "openai:https://hunter2@api.example.com/v1#m",
        "openai:https://api.example.com/v1?key=hunter2#m",
        "openai:https://me:hunter2@api.example.com:port/v1#m",
        "https://me:hunter2@api.example.com/v1#m",
        "OPENAI:https://me:hunter2@api.example.com/v1#m",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_told(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_address(text)
    assert "hunter2" not in str(caught.value)
