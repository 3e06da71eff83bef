"""Secrets: found in the spellings that people use, not found in code, dates and sums, and never shown whole."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecheck.checks.secrets import Secret, find_secrets, mask_secrets, passes_luhn, passes_mod_97

# Keys are put together here, so that scanners of repositories do not take them for real ones.
MADE = {
    "github": "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
    "stripe": "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "openai": "sk" + "-abcdEFGH1234ijklMNOP5678qrstUVWX",
    "aws": "AK" + "IA2E0A8F3B244C9986",
    "google": "AI" + "zaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "slack": "xox" + "b-123456789012-abcdefGHIJKL",
    "hugging face": "h" + "f_abcdefghijklmnopQRSTUVwxyzABCDEFGH",
    "gitlab": "gl" + "pat-Xk29sJf83kdLqPw01aBc",
}
PEM = "-----BEGIN RSA PRIV" + "ATE KEY-----\nMIIEpAIBAAKCAQEA1c7+9z5Pad7OejecsQ0buWDBxKxCzj8dJcBgUfHwPcpT8nWwC\n"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"

TRUE = [
    *[
        ("e-mail address", text)
        for text in (
            "a@b.de",
            "john.smith+tag@mail.example.co.uk",
            "x_y%z@sub.domain.org",
            "ADA@MAIL.ORG",
            "o.brien-2@mail.com",
        )
    ],
    *[
        ("phone number", text)
        for text in (
            "+44 20 7946 0958",
            "+1 (415) 555-2671",
            "+14155552671",
            "(415) 555-2671",
            "415-555-2671",
            "415.555.2671",
            "1-800-356-9377",
            "0049 89 636 48018",
            "+49 (0)89 636-48018",
            "+33 1 42 68 53 00",
            "+86 138 0013 8000",
            "+91 98765 43210",
            "+55 (11) 98765-4321",
            "+7 (495) 123-45-67",
            "+81-3-1234-5678",
        )
    ],
    *[("key", text) for text in MADE.values()],
    ("private key", PEM + "-----END RSA PRIV" + "ATE KEY-----"),
    ("private key", PEM.strip()),
    ("token", JWT),
    *[
        ("card number", text)
        for text in (
            "4539578763621486",
            "4539 5787 6362 1486",
            "4539-5787-6362-1486",
            "378282246310005",
            "3782 822463 10005",
            "5555555555554444",
            "2223003122003222",
            "6011111111111117",
        )
    ],
    ("IBAN", "GB82WEST12345698765432"),
    ("IBAN", "DE89 3704 0044 0532 0130 00"),
    ("IBAN", "FR1420041010050500013M02606"),
]


@pytest.mark.parametrize(("kind", "text"), TRUE)
@pytest.mark.parametrize("around", ["{}", "please use {} now", "({})", "is {}.", "“{}”, said she"])
def test_a_secret_is_found_whole_in_any_sentence(kind: str, text: str, around: str) -> None:
    before, after = around.split("{}")
    (found,) = find_secrets(around.format(text))
    assert (found.kind, found.value) == (kind, text.strip())
    assert (found.start, found.end) == (len(before), len(before) + len(text.strip()))
    assert after == "" or found.end < len(around.format(text))


def test_an_address_is_found_in_scripts_without_spaces() -> None:
    (found,) = find_secrets("我的邮箱是ada@mail.org谢谢")
    assert found.value == "ada@mail.org"
    assert find_secrets("müller@mail.org") == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel: 020 7946 0958", "020 7946 0958"),
        ("Telefon: 089/63648018", "089/63648018"),
        ("Tel. 01 42 68 53 00", "01 42 68 53 00"),
        ("phone number is 0171 1234567", "0171 1234567"),
        ("call me at 555-867-5309", "555-867-5309"),
        ("WhatsApp: 07911 123456", "07911 123456"),
        ("手机：138 0013 8000", "138 0013 8000"),
        ("他的电话号码13800138000，请记下", "13800138000"),
    ],
)
def test_local_numbers_are_found_behind_a_word_for_phone(text: str, number: str) -> None:
    (found,) = find_secrets(text)
    assert (found.kind, found.value) == ("phone number", number)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("api_key = 'a8f5f167f44f4964e6c998dee827110c'", "a8f5f167f44f4964e6c998dee827110c"),
        ('"client-secret": "9f86d081884c7d659a2feaa0c55ad015"', "9f86d081884c7d659a2feaa0c55ad015"),
        ("password=correcthorsebattery1XyZ9", "correcthorsebattery1XyZ9"),
    ],
)
def test_random_values_of_a_name_for_a_key_are_keys(text: str, key: str) -> None:
    (found,) = find_secrets(text)
    assert (found.kind, found.value) == ("key", key)


@pytest.mark.parametrize(
    "text",
    [
        "@property def f(self): return x@w.shape",
        "decorator @app.route",
        "git@github.com:user/repo",
        "https://user@host",
        "12@34.56",
        "2024-01-01 12:30:45",
        "on 10-12-2020 or 12.10.2023",
        "192.168.1.1",
        "3.14159265358979",
        "0.123456789012345",
        "1,234,567,890",
        "1 000 000 000",
        "ISBN 978-3-16-148410-0",
        "version 1.2.3.4.5",
        "0x1234567890abcdef",
        "4539578763621487",
        "1234 5678 9012 3456",
        "http://x.com/4111111111111111",
        "x = +1234567 * 2",
        "+3 -4 + 5",
        "range(1000, 2000)",
        "pages 100-200, years 1999-2003",
        "call 911, then dial 5 or 6",
        "lat +40.7128 lon -74.0060",
        "call(1234567)",
        "sk-learn",
        "sk-" + "a" * 30,
        "api_key = os.environ['KEY']",
        "api_key = YOUR_API_KEY_GOES_HERE",
        "password = get_password_from_vault()",
        "access_token: str = Field(default=None)",
        "secret_key = random_string_generator_32",
        "hf_hub_download",
        "GB82WEST12345698765433",
        "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEA1c7+9z5Pad7OejecsQ0buWDBxKxCzj8dJcBg",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "order 20231204153000",
        "timestamp 1700000000000000",
        "",
    ],
)
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    assert find_secrets(text) == ()
    assert find_secrets(f"then {text} too") == ()
    assert mask_secrets(text) == text


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
@settings(max_examples=60)
def test_one_check_digit_in_ten_is_right_and_each_changed_digit_breaks_it(digits: str) -> None:
    (right,) = [digits + check for check in "0123456789" if passes_luhn(digits + check)]
    for place in range(len(right)):
        changed = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert not passes_luhn(changed)


@given(st.text(alphabet="0123456789ABCXYZ", min_size=10, max_size=26))
@settings(max_examples=40)
def test_check_digits_of_an_iban_are_98_less_the_rest(account: str) -> None:
    rest = int("".join(str(int(letter, 36)) for letter in account + "DE00")) % 97
    assert passes_mod_97(f"DE{98 - rest:02d}{account}")
    assert not passes_mod_97(f"DE{(98 - rest) % 97 + 1:02d}{account}") or (98 - rest) % 97 + 1 == 98 - rest


@pytest.mark.parametrize(("kind", "text"), TRUE)
def test_a_mask_shows_four_characters_at_most(kind: str, text: str) -> None:
    (found,) = find_secrets(text)
    shown = 2 if len(found.value) >= 12 else 1
    assert found.masked == f"{found.value[:shown]}…{found.value[-shown:]}"
    masked = mask_secrets(f"it is {text.strip()}, keep it")
    assert masked == f"it is {found.masked}, keep it"
    assert text.strip() not in masked


PIECES = st.sampled_from(
    [text for _, text in TRUE] + ["and", "then 12", "@", ".", "+", "1", "-----BEGIN", "sk-", "tel ", "eyJ", "(", "\n"]
)


@given(st.lists(PIECES, max_size=6), st.sampled_from(["", " ", ", ", "\n"]))
@settings(max_examples=100)
def test_secrets_never_overlap_and_no_mask_leaves_one(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    found = find_secrets(text)
    assert all(text[one.start : one.end] == one.value for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    masked = mask_secrets(text)
    assert len(masked) == len(text) - sum(len(one.value) - len(one.masked) for one in found)
    if between == ", ":
        assert not any(one.value in masked for one in found)


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert mask_secrets(text).count("…") >= len(find_secrets(text))


@pytest.mark.parametrize(
    "piece",
    [
        "@",
        "1",
        "a.",
        "a@",
        "x@a-",
        "1 ",
        "+1",
        "1-",
        "call 1",
        "eyJ",
        "-----BEGIN PRIV" + "ATE KEY-----",
        "sk-",
        "GB82 ",
        "api_key=a_",
        "4111 ",
        "00 ",
        "a@b.de ",
        "+44 20 7946 0958 ",
        "手机1",
        ".",
    ],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    find_secrets(text)
    # A quadratic pattern takes minutes; the worst of these takes half a second on one slow core.
    assert time.process_time() - began < 5


def test_a_secret_that_another_kind_overlaps_is_told_once() -> None:
    (found,) = find_secrets(f"password: {MADE['github']}")
    assert found == Secret(kind="key", start=10, end=10 + len(MADE["github"]), value=MADE["github"])
