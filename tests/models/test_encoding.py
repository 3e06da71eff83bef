"""Token marks and byte counts."""

from __future__ import annotations

import functools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests import tiny
from tunecheck.core import Item, Message
from tunecheck.models.huggingface.text import TextSide, choose_template


@functools.cache
def side(template: str = "auto") -> TextSide:
    tokenizer = tiny.tokenizer()
    chosen = choose_template(tokenizer, template, "a test")
    return TextSide(
        tokenizer=tokenizer,
        template=chosen.text,
        join=chosen.join,
        template_from=chosen.where,
        vocabulary=len(tokenizer),
    )


def pair(prompt: str, response: str) -> Item:
    return Item(
        form="completion",
        prompt=(Message(role="user", content=prompt),),
        response=Message(role="assistant", content=response),
    )


def plain(text: str) -> Item:
    return Item(form="text", response=Message(role="text", content=text))


@given(prompt=st.text(max_size=30), response=st.text(min_size=1, max_size=30))
def test_bytes_of_the_response_are_counted_and_its_end_mark_is_not(prompt: str, response: str) -> None:
    encoded = side().encode([pair(prompt, response)])[0]
    assert encoded.response_bytes == len(response.encode())
    # One token a byte, and the end of the turn, which the model has to predict too.
    assert sum(encoded.in_response) == len(response.encode()) + 1


@given(prompt=st.text(min_size=1, max_size=30), response=st.text(min_size=1, max_size=30))
def test_joined_pairs_score_exactly_the_response(prompt: str, response: str) -> None:
    encoded = side("none").encode([pair(prompt, response)])[0]
    assert sum(encoded.in_response) == encoded.response_bytes == len(response.encode())
    # Nothing predicts the first token, and it stands for the whole of the first character.
    assert encoded.full_bytes == len((prompt + response).encode()) - len(prompt[0].encode())


@given(text=st.text(min_size=1, max_size=60))
def test_plain_text_is_scored_whole_but_for_its_first_token(text: str) -> None:
    encoded = side().encode([plain(text)])[0]
    assert sum(encoded.in_response) == len(encoded) - 1
    assert encoded.in_response[0] == 0
    # The bytes of a character that several tokens share are counted once, with the first of them.
    assert encoded.response_bytes == len(text[1:].encode())


def test_a_maximum_length_cuts_the_end_and_counts_what_it_cut() -> None:
    text = side()
    cut = TextSide(
        tokenizer=text.tokenizer, template=None, join=True, template_from="", vocabulary=text.vocabulary, max_length=4
    )
    encoded = cut.encode([plain("abcdefghij")])[0]
    assert (len(encoded), encoded.n_cut_tokens, encoded.response_bytes) == (4, 6, 3)


def test_a_tokenised_row_is_scored_where_its_labels_say_and_not_at_its_first_token() -> None:
    tokenizer = tiny.tokenizer()
    ids = tuple(tokenizer("abcdef")["input_ids"])
    item = Item(
        form="tokens",
        response=Message(role="text", content=""),
        token_ids=ids,
        learned=(True, False, False, True, True, True),
    )
    encoded = side().encode([item])[0]
    assert list(encoded.in_response) == [0, 0, 0, 1, 1, 1]
    assert encoded.response_bytes == 3


def test_a_token_across_the_boundary_belongs_to_the_response() -> None:
    from tunecheck.models.encoding import Tokens, encode_text
    from tunecheck.models.templates import RenderedItem

    # "ab|cd" with the one token "bc" across the boundary after "ab".
    tokens = Tokens(ids=[1, 2, 3], offsets=np.array([[0, 1], [1, 3], [3, 4]]))
    rendered = RenderedItem(text="abcd", response_start=2, add_special_tokens=True)
    encoded = encode_text(pair("ab", "cd"), rendered, tokens, special_ids=frozenset(), max_length=None)
    assert list(encoded.in_response) == [0, 1, 1]


def test_trimmed_offsets_do_not_lose_the_space_before_a_word() -> None:
    from tunecheck.models.encoding import Tokens, encode_text
    from tunecheck.models.templates import RenderedItem

    # Offsets as RoBERTa-style byte-level tokenizers give them: the space before "cd" belongs to no token.
    tokens = Tokens(ids=[1, 2], offsets=np.array([[0, 2], [3, 5]]))
    rendered = RenderedItem(text="ab cd", response_start=0, add_special_tokens=True)
    encoded = encode_text(plain("ab cd"), rendered, tokens, special_ids=frozenset(), max_length=None)
    assert encoded.full_bytes == 3
