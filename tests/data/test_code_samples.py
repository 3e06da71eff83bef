"""Code samples: every usual file is read, each sample finds its problem, and what cannot be read is named."""

from __future__ import annotations

import gzip
import json
from array import array
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.conftest import WriteRows
from tunecheck.core import Answer, Answered, CodeProblems, Completion, Unscored
from tunecheck.data.code_samples import SampleSource, load_code_samples
from tunecheck.data.problems import load_problems
from tunecheck.errors import DataError

PROBLEMS = load_problems(
    [{"task_id": f"T/{n}", "prompt": f"Write f{n}(x).", "tests": [f"assert f{n}(1) == 1"]} for n in range(3)],
    name="mine",
)
Samples = dict[str, tuple[Answered, ...]]


def samples(source: object, problems: CodeProblems = PROBLEMS, *, side: Literal["tuned", "base"] = "tuned") -> Samples:
    return dict(load_code_samples(source, problems, side=side).by_problem)  # type: ignore[arg-type]


def message_of(source: object) -> str:
    with pytest.raises(DataError) as raised:
        samples(source)
    return str(raised.value)


@pytest.mark.parametrize(
    "name",
    [
        *("completion", "solution", "code", "prediction", "generated", "generation", "output", "response", "sample"),
        *("answer", "samples", "completions", "generations", "outputs", "responses", "predictions", "Generated Code"),
    ],
)
@pytest.mark.parametrize("id_name", ["task_id", "problem_id", "id", "name", "question_id"])
def test_the_usual_names_are_recognised(name: str, id_name: str) -> None:
    assert samples([{id_name: "T/1", name: "a"}]) == {"T/0": (), "T/1": ("a",), "T/2": ()}
    assert samples([{id_name: "T/1", name: ["a", "b"]}]) == {"T/0": (), "T/1": ("a", "b"), "T/2": ()}


def test_rows_of_one_problem_are_its_samples_in_the_order_of_the_file() -> None:
    rows = [{"task_id": f"T/{n % 3}", "completion": str(n)} for n in (4, 1, 2, 0, 5)]
    assert samples(rows) == {"T/0": ("0",), "T/1": ("4", "1"), "T/2": ("2", "5")}
    read = load_code_samples(rows, PROBLEMS)
    assert read.evidence == "code from 'completion', problems by 'task_id'"
    assert list(read.by_problem) == ["T/0", "T/1", "T/2"]


def test_numbers_are_ids_as_their_text() -> None:
    problems = load_problems([{"task_id": 11, "prompt": "p", "tests": "assert f()"}])
    for number in (11, "11", 11.0):
        assert samples([{"task_id": number, "code": "x"}], problems) == {"11": ("x",)}
    with pytest.raises(DataError):
        samples([{"task_id": "11 ", "code": "x"}], problems)


def test_an_object_of_texts_by_id_is_read_from_a_file_and_from_memory(tmp_path: Path) -> None:
    path = tmp_path / "samples.json"
    by_id: dict[str, object] = {"T/2": ["a", None], "T/0": "b"}
    path.write_text(json.dumps(by_id, indent=1))
    expected: Samples = {"T/0": ("b",), "T/1": (), "T/2": ("a", Unscored(reason="samples[1] is null"))}
    assert samples(path) == samples(by_id) == expected
    numbered = load_problems([{"task_id": 7, "prompt": "p", "tests": "assert f()"}])
    assert samples({7: ["x"]}, numbered) == {"7": ("x",)}


def test_objects_of_other_kinds_are_not_taken_for_texts_by_id(tmp_path: Path) -> None:
    path = tmp_path / "samples.json"
    for value in (
        {"task_id": "T/0", "completions": ["a", "b"]},
        {"model": "m", "samples": [{"task_id": "T/0", "completion": "a"}, {"task_id": "T/0", "completion": "b"}]},
        {"name": "m", "samples": [{"task_id": "T/0", "completion": "a"}, {"task_id": "T/0", "completion": "b"}]},
    ):
        path.write_text(json.dumps(value))
        assert samples(path)["T/0"] == ("a", "b")


@pytest.mark.parametrize(
    "source",
    [
        ["a", "b", "c"],
        [["a"], ["b"], ["c"]],
        ("a", ["b"], ("c",)),
        [{"completion": "a"}, {"completion": "b"}, {"completion": "c"}],
        [{"prompt": "of another template", "completion": text} for text in "abc"],
    ],
)
def test_without_ids_as_many_rows_as_problems_are_taken_in_their_order(source: SampleSource) -> None:
    assert samples(source) == {"T/0": ("a",), "T/1": ("b",), "T/2": ("c",)}
    assert load_code_samples(source, PROBLEMS).evidence.endswith("problems in their order")


def test_lists_of_lists_are_read_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "samples.json"
    path.write_text('[["a", "b"], [], ["c"]]')
    assert samples(path) == {"T/0": ("a", "b"), "T/1": (), "T/2": ("c",)}
    (tmp_path / "samples.jsonl").write_text('["a", "b"]\n[]\n"c"\n')
    assert samples(tmp_path / "samples.jsonl") == {"T/0": ("a", "b"), "T/1": (), "T/2": ("c",)}


def test_without_ids_another_number_of_rows_is_refused() -> None:
    assert message_of(["a", "b"]) == (
        "the data in memory has 2 rows without an id and mine has 3 problems: which of them belong together cannot be "
        "known\n"
        'give each row the id of its problem and the code: {"task_id": "T/0", "completion": "..."}'
    )


def test_rows_that_generate_wrote_are_found_by_the_prompt_and_have_a_base() -> None:
    made = [
        Answer(
            item_id=f"{n:032x}",
            prompt=PROBLEMS.problems[n].prompt,
            reference="",
            tuned=completion(f"t{n}{sample}", sample),
            base=completion(f"b{n}{sample}", sample),
        ).row()
        for n in range(3)
        for sample in range(2)
    ]
    assert samples(made)["T/1"] == ("t10", "t11")
    assert samples(made, side="base")["T/1"] == ("b10", "b11")
    assert load_code_samples(made, PROBLEMS).evidence == "code from 'prediction', problems by 'prompt'"


def completion(text: str, sample: int) -> Completion:
    return Completion(item_id="x", sample=sample, text=text, token_ids=array("i", [1]), n_prompt_tokens=1, ended="stop")


def test_the_id_of_the_problem_may_stand_in_the_metadata_that_generate_keeps() -> None:
    rows = [
        {"id": "x", "prompt": "In a template: ...", "prediction": "a", "metadata": {"task_id": "T/1", "level": 3}},
        {"id": "y", "prompt": "In a template: ...", "prediction": "b", "metadata": {"task_id": "T/0"}},
    ]
    assert samples(rows) == {"T/0": ("b",), "T/1": ("a",), "T/2": ()}
    assert load_code_samples(rows, PROBLEMS).evidence == "code from 'prediction', problems by 'metadata.task_id'"


def test_the_column_that_places_most_rows_is_taken() -> None:
    problems = load_problems([{"prompt": f"p{n}", "tests": "assert f()"} for n in range(3)])
    rows = [{"idx": n, "prompt": f"p{n}", "completion": str(n)} for n in range(3)]
    assert samples(rows, problems) == {"1": ("0",), "2": ("1",), "3": ("2",)}
    rows = [{"index": 1 + n % 2, "prompt": f"p{n}", "completion": str(n)} for n in range(3)]
    assert samples(rows, problems) == {"1": ("0",), "2": ("1",), "3": ("2",)}


def test_a_problem_of_mbpp_is_found_by_its_text_without_the_tests_too() -> None:
    mbpp = load_problems([{"task_id": 1, "text": "Add. ", "code": "", "test_list": ["assert add(1, 1) == 2"]}])
    for prompt in ("Add.", "Add. ", mbpp.problems[0].prompt):
        assert samples([{"id": "x", "prompt": prompt, "prediction": "a"}], mbpp) == {"1": ("a",)}


def test_a_prompt_of_two_problems_places_no_row() -> None:
    twins = load_problems([{"task_id": n, "prompt": "p", "tests": "assert f()"} for n in range(2)])
    with pytest.raises(DataError, match="which of them belong together"):
        samples([{"prompt": "p", "completion": "a"}], twins)


def test_a_file_of_the_base_alone_has_its_usual_names() -> None:
    assert samples([{"task_id": "T/0", "completion": "a"}], side="base")["T/0"] == ("a",)


def test_of_solution_and_completion_the_solution_counts_unless_it_is_empty() -> None:
    rows: list[dict[str, object]] = [
        {"task_id": "T/0", "completion": "    return x", "solution": "def f0(x): return x"},
        {"task_id": "T/1", "completion": "    return x", "solution": ""},
        {"task_id": "T/2", "completion": "    return x", "solution": None},
    ]
    found = samples(rows)
    assert found == {"T/0": ("def f0(x): return x",), "T/1": ("    return x",), "T/2": ("    return x",)}
    assert load_code_samples(rows, PROBLEMS).evidence.startswith("code from 'solution' or 'completion'")


def test_an_answer_that_is_empty_never_becomes_the_text_of_another_column() -> None:
    assert samples([{"task_id": "T/0", "prediction": "", "solution": "gold", "code": "gold"}])["T/0"] == ("",)


def test_null_is_unscored_with_the_reason() -> None:
    rows = [{"task_id": "T/0", "completion": None}, {"task_id": "T/0", "completion": float("nan")}]
    assert samples(rows)["T/0"] == (Unscored(reason="completion is null"),) * 2
    assert samples(["a", None, ["c"]])["T/1"] == (Unscored(reason="samples is null"),)


def test_the_samples_of_a_harness_may_be_lists_in_lists() -> None:
    assert samples([{"task_id": "T/0", "resps": [["a", "b"]]}])["T/0"] == ("a", "b")


@pytest.mark.parametrize("name", ["samples.jsonl", "samples.json", "samples.csv", "samples.parquet"])
def test_the_same_samples_come_from_every_container(write_rows: WriteRows, name: str) -> None:
    rows = [{"task_id": f"T/{n}", "completion": f"def f{n}(x):\r\n    return 'ж, \"{n}\"'\n"} for n in (2, 0)]
    read = load_code_samples(write_rows(name, rows), PROBLEMS)
    assert read.fingerprint == load_code_samples(rows, PROBLEMS).fingerprint


def test_a_list_of_samples_in_csv_is_json(write_rows: WriteRows) -> None:
    rows = [{"task_id": "T/0", "samples": '["a", "b"]'}, {"task_id": "T/1", "samples": "def f1(x): ..."}]
    assert samples(write_rows("samples.csv", rows)) == {"T/0": ("a", "b"), "T/1": ("def f1(x): ...",), "T/2": ()}
    assert samples([{"task_id": "T/0", "completion": '["a"]'}])["T/0"] == ('["a"]',)


def test_all_bad_rows_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    rows: list[object] = [
        {"task_id": "T/0", "completion": "a"},
        {"task_id": "T/9", "completion": "a"},
        {"task_id": "T/1"},
        {"task_id": "T/1", "completion": 5},
        {"task_id": "T/1", "completion": ["a", {"b": 1}]},
        {"completion": "a"},
        {"task_id": ["T/1"], "completion": "a"},
        "a text",
    ]
    path.write_text("\ufeff" + "".join(json.dumps(row) + "\r\n" for row in rows) + "{\n")
    assert message_of(path) == (
        "8 of 9 rows of samples.jsonl cannot be read:\n"
        "  samples.jsonl line 2: task_id 'T/9' is none of the problems of mine\n"
        "  samples.jsonl line 3: completion is missing\n"
        "  samples.jsonl line 4: completion is 5, not text\n"
        "  samples.jsonl line 5: completion[1] is an object with 'b', not text\n"
        "  samples.jsonl line 6: task_id is missing\n"
        "  samples.jsonl line 7: task_id is a list of 1, not text\n"
        "  samples.jsonl line 8: the row is 'a text' and has no id\n"
        "  samples.jsonl line 9: not JSON: Expecting property name enclosed in double quotes at the end of the line\n"
        "correct them, or go on without them: --skip-bad-rows"
    )
    read = load_code_samples(path, PROBLEMS, skip_bad_rows=True)
    assert (read.by_problem["T/0"], len(read.skipped)) == (("a",), 8)


def test_ids_of_other_problems_only_are_named_beside_those_that_are_wanted() -> None:
    assert message_of([{"task_id": f"HumanEval_{n}", "completion": "a"} for n in range(9)]) == (
        "no task_id of the data in memory is a problem of mine: it has 'HumanEval_0', 'HumanEval_1', 'HumanEval_2', "
        "and the problems are 'T/0', 'T/1', 'T/2'\n"
        'give each row the id of its problem and the code: {"task_id": "T/0", "completion": "..."}'
    )
    assert "no task_id of the data in memory" in message_of({"X/0": ["a"], "X/1": ["b"]})
    assert "no id of the data" in message_of([{"id": "x", "prompt": "q", "prediction": "a"}] * 3)


def test_a_file_without_code_says_which_columns_it_has() -> None:
    assert message_of([{"task_id": "T/0", "passed": True}]).startswith(
        "the data in memory has no column with code: its columns are 'task_id', 'passed'\ngive each row"
    )


def test_no_sample_at_all_is_refused(tmp_path: Path) -> None:
    assert "is empty" in message_of([])
    assert "holds no sample of any problem" in message_of([{"task_id": "T/0", "samples": []}])


@pytest.mark.parametrize("text", ["", "\x00\x1b[31m", "\ud800", "x" * 1_000_000, "[" * 100_000, "(" * 100_000])
def test_any_text_is_a_sample(text: str) -> None:
    assert samples([{"task_id": "T/0", "completion": text}])["T/0"] == (text,)
    assert load_code_samples([text, "", ""], PROBLEMS).fingerprint


def test_a_list_nested_beyond_reason_is_a_bad_row() -> None:
    nested: object = "a"
    for _ in range(100_000):
        nested = [nested]
    rows = [{"task_id": "T/0", "samples": nested}, {"task_id": "T/1", "samples": ["a"]}]
    read = load_code_samples(rows, PROBLEMS, skip_bad_rows=True)  # type: ignore[arg-type]
    assert read.skipped == ("row 1: a value is nested too deep",)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(["T/0", "T/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["task_id", "code", "x"]), inner),
    max_leaves=6,
)
columns = st.sampled_from(["task_id", "id", "prompt", "messages", "metadata", "completion", "solution", "samples", "x"])


@given(st.lists(st.dictionaries(columns, values) | values, max_size=5), st.booleans())
def test_whatever_rows_hold_they_are_read_or_refused_with_a_reason(rows: list[object], skips: bool) -> None:
    try:
        read = load_code_samples(rows, PROBLEMS, skip_bad_rows=skips)  # type: ignore[arg-type]
    except DataError:
        return
    assert list(read.by_problem) == ["T/0", "T/1", "T/2"]
    assert all(isinstance(text, (str, Unscored)) for texts in read.by_problem.values() for text in texts)


@pytest.mark.shared_data
def test_two_hundred_samples_a_problem_of_humaneval_are_read(shared_data: Path, tmp_path: Path) -> None:
    problems = load_problems(shared_data / "humaneval" / "HumanEval.jsonl.gz")
    lines = [json.dumps({"task_id": one.id, "completion": str(n)}) + "\n" for n in range(200) for one in problems]
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(gzip.compress("".join(lines).encode()))
    found = load_code_samples(path, problems).by_problem
    assert set(found.values()) == {tuple(map(str, range(200)))}
    assert len(found) == 164
