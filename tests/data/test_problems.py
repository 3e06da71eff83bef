"""Problems: every usual file is read, nothing in it is run, and what cannot be read is named with its row."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.conftest import WriteRows
from tunecheck.core import CodeProblem, CodeProblems
from tunecheck.data.problems import SHOWN_TESTS, load_problems
from tunecheck.errors import DataError

HUMANEVAL: dict[str, object] = {
    "task_id": "Mine/0",
    "prompt": 'def add(a, b):\n    """Add them."""\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
}
MBPP: dict[str, object] = {
    "task_id": 11,
    "text": "Write a function to add. ",
    "code": "def add(a, b):\n    return a + b",
    "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
    "test_setup_code": "",
    "challenge_test_list": ["assert add(-1, 1) == 0"],
}
PLAIN: dict[str, object] = {"prompt": "Write add(a, b).", "test_code": "assert add(1, 2) == 3"}


def one(row: dict[str, object]) -> CodeProblem:
    (found,) = load_problems([row])
    return found


def message_of(source: object, *, skip_bad_rows: bool = False) -> str:
    with pytest.raises(DataError) as raised:
        load_problems(source, skip_bad_rows=skip_bad_rows)  # type: ignore[arg-type]
    return str(raised.value)


def test_a_row_of_humaneval_is_the_beginning_of_a_program() -> None:
    assert one(HUMANEVAL) == CodeProblem(
        id="Mine/0",
        prompt='def add(a, b):\n    """Add them."""\n',
        is_prefix=True,
        tests=("def check(candidate):\n    assert candidate(1, 2) == 3\n",),
        entry_point="add",
        reference='def add(a, b):\n    """Add them."""\n    return a + b\n',
        source="row 1",
    )


def test_the_columns_of_humaneval_with_prose_are_not_taken_for_a_beginning() -> None:
    found = one(HUMANEVAL | {"prompt": "Write add(a, b).", "canonical_solution": "def add(a, b): return a + b"})
    assert (found.is_prefix, found.reference) == (False, "def add(a, b): return a + b")


def test_an_indented_reference_goes_on_with_any_prompt_that_has_the_function() -> None:
    found = one(HUMANEVAL | {"prompt": "def add(a, b):\n    total = a\n", "canonical_solution": "    return total + b"})
    assert found.is_prefix
    assert found.reference == "def add(a, b):\n    total = a\n    return total + b"


def test_a_row_of_mbpp_shows_its_tests_and_leaves_the_challenge_out() -> None:
    assert one(MBPP) == CodeProblem(
        id="11",
        prompt="Write a function to add." + SHOWN_TESTS + "\nassert add(1, 2) == 3\nassert add(0, 0) == 0",
        tests=("assert add(1, 2) == 3", "assert add(0, 0) == 0"),
        reference="def add(a, b):\n    return a + b",
        source="row 1",
    )


def test_a_row_of_sanitized_mbpp_has_its_imports_before_the_tests() -> None:
    row = {name: value for name, value in MBPP.items() if name not in ("text", "test_setup_code")}
    found = one(row | {"prompt": "Add.", "test_imports": ["import math", "import re"], "source_file": "x.ipynb"})
    assert found.setup == "import math\nimport re"
    assert found.prompt.startswith("Add.")


def test_the_test_program_of_mbpp_plus_decides_and_the_listed_tests_are_shown() -> None:
    found = one(MBPP | {"test": "for n in range(9):\n    assert add(n, n) == 2 * n"})
    assert found.tests == ("for n in range(9):\n    assert add(n, n) == 2 * n",)
    assert "assert add(0, 0) == 0" in found.prompt


@pytest.mark.parametrize("prompt", ["prompt", "instruction", "question", "text", "problem", "description", "Prompt"])
@pytest.mark.parametrize("tests", ["test_code", "tests", "test", "test_cases", "unit_tests", "Test Code"])
@pytest.mark.parametrize("value", ["assert f(1)", ["assert f(1)"], ["assert f(1)", " "]])
def test_the_usual_names_are_recognised(prompt: str, tests: str, value: object) -> None:
    found = one({prompt: "Write f(x).", tests: value})
    assert (found.prompt, found.tests) == ("Write f(x).", ("assert f(1)",))


@pytest.mark.parametrize(
    "name",
    [
        *("canonical_solution", "reference", "reference_solution", "solution", "code", "canonical", "completion"),
        *("output", "response"),
    ],
)
def test_a_reference_has_many_names_and_none_is_needed(name: str) -> None:
    assert one(PLAIN | {name: "def add(a, b): return a + b"}).reference == "def add(a, b): return a + b"
    assert one(PLAIN | {name: None}).reference == ""
    assert one(PLAIN).reference == ""


def test_the_prompt_of_a_conversation_is_the_last_message_of_the_user() -> None:
    turns = [
        {"role": "system", "content": "You write code."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": [{"type": "text", "text": "Write f(x)."}]},
    ]
    assert one({"messages": turns, "tests": "assert f(1)"}).prompt == "Write f(x)."
    assert one({"prompt": turns, "tests": "assert f(1)"}).prompt == "Write f(x)."
    assert "row 1: messages has no message of a user" in message_of([{"messages": turns[:1], "tests": "assert f(1)"}])


def test_the_input_of_an_instruction_belongs_to_the_prompt() -> None:
    row: dict[str, object] = {"instruction": "Write a function.", "tests": "assert f(1)"}
    assert one(row | {"input": "It is called f."}).prompt == "Write a function.\nIt is called f."
    assert one(row | {"input": ""}).prompt == "Write a function."


@pytest.mark.parametrize("name", ["problems.jsonl", "problems.json", "problems.csv", "problems.parquet"])
@pytest.mark.parametrize("row", [HUMANEVAL, MBPP, PLAIN])
def test_the_same_problem_comes_from_every_container(write_rows: WriteRows, name: str, row: dict[str, object]) -> None:
    in_csv = {key: json.dumps(value) if isinstance(value, list) else value for key, value in row.items()}
    read = load_problems(write_rows(name, [in_csv if name.endswith("csv") else row]))
    assert read.fingerprint == load_problems([row]).fingerprint
    assert read.problems[0].source == f"{name} {'line' if name.endswith('jsonl') else 'row'} 1"


def test_a_packed_file_with_a_mark_and_carriage_returns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps(HUMANEVAL).encode() + b"\r\n\r\n"))
    assert load_problems(path).fingerprint == load_problems([HUMANEVAL]).fingerprint


def test_an_object_of_problems_by_their_ids_is_read_and_so_is_a_single_problem(tmp_path: Path) -> None:
    path = tmp_path / "problems.json"
    for value, ids in (
        ({"a": PLAIN, "b": PLAIN}, ["a", "b"]),
        ({"x": HUMANEVAL}, ["Mine/0"]),
        (PLAIN | {"test_list": ["assert add(1, 1) == 2"]}, ["1"]),
        ({"version": 1, "problems": [PLAIN]}, ["1"]),
    ):
        path.write_text(json.dumps(value))
        assert [problem.id for problem in load_problems(path)] == ids
    in_memory: object = {"a": PLAIN, "b": PLAIN}
    assert len(load_problems(in_memory)) == 2  # type: ignore[arg-type]


def test_numbers_are_ids_as_their_text_and_rows_without_one_have_their_number() -> None:
    numbers: tuple[object, ...] = (11, 12.0, "13")
    assert [found.id for found in load_problems([PLAIN | {"id": number} for number in numbers])] == ["11", "12", "13"]
    assert [found.id for found in load_problems([PLAIN, PLAIN])] == ["1", "2"]


def test_the_evidence_says_what_was_taken_for_what() -> None:
    assert load_problems([HUMANEVAL]).evidence == (
        "HumanEval: prompt from 'prompt', tests from 'test', reference from 'canonical_solution', entry point from "
        "'entry_point', id from 'task_id'"
    )
    assert load_problems([MBPP]).evidence == (
        "MBPP: prompt from 'text', tests from 'test_list', reference from 'code', setup from 'test_setup_code', "
        "id from 'task_id'"
    )
    assert load_problems([PLAIN]).evidence == (
        "prompts with tests: prompt from 'prompt', tests from 'test_code', ids are the numbers of the rows"
    )


def test_all_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    rows: list[dict[str, object]] = [
        PLAIN | {"task_id": 11},
        PLAIN | {"task_id": "11"},
        PLAIN | {"task_id": 2, "test_code": ""},
        PLAIN | {"task_id": 3, "test_code": None},
        PLAIN | {"task_id": None},
        PLAIN | {"task_id": 5, "prompt": " "},
        PLAIN | {"task_id": 6, "prompt": None},
        PLAIN | {"task_id": 7, "test_code": {"input": "1", "output": "2"}},
        PLAIN | {"task_id": 8, "test_code": [{"input": "1"}]},
        PLAIN | {"task_id": 9, "test_code": "['assert add(1, 2) == 3']"},
        PLAIN | {"task_id": 10, "entry_point": "Solution().add"},
        PLAIN | {"task_id": ["x"]},
        PLAIN | {"task_id": 12, "reference": 5.5, "solution": ["a"]},
        PLAIN | {"task_id": 13, "reference": ["a", "b"]},
        PLAIN | {"task_id": 14, "test_code": '{"inputs": [1]}'},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{\n5\n" + "[" * 100_000)
    text = message_of(path)
    assert text == (
        "16 of 18 rows of problems.jsonl cannot be read:\n"
        "  problems.jsonl line 2: the id '11' is that of problems.jsonl line 1 too\n"
        "  problems.jsonl line 3: no test: test_code is empty\n"
        "  problems.jsonl line 4: no test: test_code is empty\n"
        "  problems.jsonl line 5: task_id is missing\n"
        "  problems.jsonl line 6: prompt is empty\n"
        "  problems.jsonl line 7: prompt is null\n"
        "  problems.jsonl line 8: test_code is an object with 'input', 'output', neither Python text nor a list of "
        "texts\n"
        "  problems.jsonl line 9: test_code[0] is an object with 'input', not Python text\n"
        "  problems.jsonl line 10: test_code \"['assert add(1, 2) == 3']\" is neither Python that tests something nor "
        "a list as JSON\n"
        "  problems.jsonl line 11: entry_point 'Solution().add' is not the name of a function\n"
        "  problems.jsonl line 12: task_id is a list of 1, not text\n"
        "  problems.jsonl line 14: reference is a list of 2, not text\n"
        "  problems.jsonl line 15: test_code is an object with 'inputs', neither Python text nor a list of texts\n"
        "  problems.jsonl line 16: not JSON: Expecting property name enclosed in double quotes at the end of the line\n"
        "  problems.jsonl line 17: the row is 5, not an object with fields\n"
        "  problems.jsonl line 18: the JSON is nested too deep\n"
        "correct them, or go on without them: --skip-bad-rows"
    )
    read = load_problems(path, skip_bad_rows=True)
    assert [problem.id for problem in read] == ["11", "12"]
    assert len(read.skipped) == 16


def test_only_twenty_bad_rows_are_listed() -> None:
    text = message_of([PLAIN, *[PLAIN | {"test_code": ""}] * 25])
    assert text.count("no test") == 20
    assert "\n  and 5 more\n" in text


def test_a_file_of_bad_rows_only_is_an_error_even_when_they_are_skipped() -> None:
    assert message_of([PLAIN | {"test_code": ""}], skip_bad_rows=True).endswith("\ncorrect them")


@pytest.mark.parametrize(
    ("row", "lacks"),
    [
        ({"prompt": "Write f.", "answer": "x"}, "no column with tests (test_code, test, tests"),
        ({"test": "assert f(1)"}, "no column with a prompt (prompt, instruction, question"),
        ({"a": 1}, "messages) and none with tests (test_code"),
    ],
)
def test_a_file_of_another_kind_says_what_it_has_and_what_is_wanted(row: dict[str, object], lacks: str) -> None:
    text = message_of([row])
    assert lacks in text
    assert f"its columns are {', '.join(map(repr, row))}\n" in text
    assert 'give rows such as {"task_id": "add", "prompt": "Write add(a, b).", "test_code": ' in text


def test_an_empty_file_and_one_of_texts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_text("")
    assert message_of(path).startswith("problems.jsonl is empty\na problem is a row such as {")
    assert "its columns are none" in message_of(["a text"])


def test_no_text_of_a_file_is_run_or_parsed() -> None:
    deep = "(" * 200_000
    raising = "raise SystemExit('ran')"
    before = sys.getrecursionlimit()
    found = one(HUMANEVAL | {"prompt": deep, "canonical_solution": raising, "test": [deep, raising]})
    assert (found.prompt, found.reference, found.tests) == (deep, raising, (deep, raising))
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    "value",
    [[[[]]] * 1000, True, {"a": {"b": []}}, -(10**5000), float("inf"), [None], b"x", object(), "[" * 100_000],
    ids=range(9),
)
@pytest.mark.parametrize("column", ["task_id", "test", "entry_point", "canonical_solution", "setup"])
def test_a_value_of_another_kind_is_a_reason_and_never_a_traceback(column: str, value: object) -> None:
    try:
        read = load_problems([HUMANEVAL, HUMANEVAL | {"task_id": "Mine/1", column: value}], skip_bad_rows=True)
    except DataError as error:  # Of the two rows one can always be read.
        pytest.fail(str(error))
    assert len(read) + len(read.skipped) == 2


def test_the_text_of_a_problem_is_kept_as_it_is() -> None:
    text = "Write \ud800 \0 \u202e f(x).\r\n"
    assert one(PLAIN | {"prompt": text}).prompt == text
    assert load_problems([PLAIN | {"prompt": text}]).fingerprint


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["def f():", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "x"]), inner),
    max_leaves=6,
)
columns = st.sampled_from(
    ["task_id", "prompt", "messages", "test", "test_list", "entry_point", "solution", "setup", "x"]
)


@given(st.lists(st.dictionaries(columns, values) | values, max_size=5), st.booleans())
def test_whatever_rows_hold_they_are_read_or_refused_with_a_reason(rows: list[object], skips: bool) -> None:
    try:
        read = load_problems([PLAIN, *rows], skip_bad_rows=skips)  # type: ignore[list-item]
    except DataError:
        return
    assert all(problem.tests and problem.prompt and problem.id for problem in read)
    assert len({problem.id for problem in read}) == len(read)
    assert read.fingerprint


@pytest.mark.shared_data
def test_humaneval_is_read_whole(shared_data: Path) -> None:
    path = shared_data / "humaneval" / "HumanEval.jsonl.gz"
    read = load_problems(path)
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert isinstance(read, CodeProblems)
    assert (len(read), read.skipped) == (164, ())
    for found, row in zip(read, rows, strict=True):
        assert (found.id, found.prompt, found.entry_point) == (row["task_id"], row["prompt"], row["entry_point"])
        assert (found.is_prefix, found.tests) == (True, (row["test"],))
        assert found.reference == row["prompt"] + row["canonical_solution"]
