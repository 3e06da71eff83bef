"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_DATA = [
    click.option("--shape", metavar="NAME", help="Shape of the rows: auto (default), alpaca, sharegpt, messages, ..."),
    click.option("--group-column", metavar="C", help="Rows that share its value are one unit of the statistics."),
    click.option(
        "--skip-bad-rows", is_flag=True, default=None, help="Go on without rows that cannot be read, and count them."
    ),
]
_SCORING = [
    click.option("--base", metavar="MODEL", help="The base model. An adapter names its own."),
    click.option("--device", metavar="NAME", help="cpu, cuda, cuda:1, ...; by default a GPU when there is one."),
    click.option("--dtype", metavar="NAME", help="auto (default), float32, bfloat16 or float16."),
    click.option(
        "--template",
        metavar="NAME|FILE",
        help="auto (default): the tokenizer's own chat template; none; plain; or a template file.",
    ),
    click.option(
        "--context", type=int, metavar="N", help="Longest window in tokens; the model's own limit by default."
    ),
    click.option(
        "--max-length", type=int, metavar="N", help="Cut every sequence to N tokens; nothing is cut by default."
    ),
    click.option(
        "--batch-tokens", type=int, metavar="N", help="Tokens in a padded batch; by default what fits the device."
    ),
    click.option(
        "--full-sequence/--response-only", default=None, help="Also score the prompt's tokens, as a second figure."
    ),
    *_DATA,
    click.option("--seed", type=int, metavar="N", help="Decides the sample of the training set; 42 by default."),
]
_TASKS = [
    click.option(
        "--task",
        "task",
        metavar="NAME[:OPTIONS]",
        multiple=True,
        help="A task or metric to compare base and tuned by: summarization, classification, code, f1, ..., or auto. "
        "Can be repeated. OPTIONS are option=value with commas between, such as labels=A|B,where=topic:mail.",
    ),
    click.option(
        "--task-items", type=int, metavar="N", help="Rows of each task that are answered, at most; 200 by default."
    ),
]
_SOURCE = [
    click.option("--predictions", metavar="FILE", help="Rows with answers, instead of those of the run."),
    click.option("--base-predictions", metavar="FILE", help="The base model's answers to the same rows."),
    click.option("--model", metavar="MODEL", help="Let this model answer a sample of --data now, and its base too."),
    click.option("--data", "data_file", metavar="FILE", help="The prompts for --model."),
    click.option("--base", metavar="MODEL", help="The base of --model. An adapter names its own."),
    click.option(
        "--max-new-tokens", type=int, metavar="N", default=256, help="Longest answer of --model in tokens; 256."
    ),
    click.option("--seed", type=int, metavar="N", default=42, help="Decides which prompts; 42 by default."),
    click.option("--stratify-by", metavar="C", multiple=True, help="Besides category, task and difficulty."),
    click.option("--instructions", metavar="FILE", help="A text that every rater reads first."),
    click.option("--prediction-field", metavar="C", help="The column of the answers."),
    click.option("--reference-field", metavar="C", help="The column of the references."),
    click.option("--base-field", metavar="C", help="The column of the base's answers, in the same file."),
    click.option("--prompt-field", metavar="C", help="The column of the prompts."),
    click.option("--id-field", metavar="C", help="The column that names a row."),
    click.option("--group-field", metavar="C", help="Rows that share its value count as one, such as a conversation."),
    click.option("--skip-bad-rows", is_flag=True, help="Go on without rows that cannot be read."),
]
_CODE = [
    click.option(
        "--run-code",
        is_flag=True,
        default=None,
        help="Run what the model wrote, shut in by the sandbox. Without it nothing runs.",
    ),
    click.option(
        "--sandbox",
        type=click.Choice(["A", "B"]),
        help="A (default) isolates programs in namespaces of their own; B confines them without, where A is denied.",
    ),
]
_SIGNS = [
    click.option(
        "--general",
        metavar="FILE",
        help="Text to measure forgetting on, or none; by default the passages that come with tunecheck.",
    ),
    click.option(
        "--answers",
        type=int,
        metavar="N",
        help="Validation prompts that base and tuned answer, for copying, diversity and skills; 64 by default, 0 for "
        "none.",
    ),
    click.option(
        "--max-new-tokens",
        type=int,
        metavar="N",
        help="Longest answer in tokens; by default twice what nearly all references have.",
    ),
]


def scoring_options(function: F) -> F:
    """Options of every command that scores items with a model."""
    for option in reversed(_SCORING):
        function = option(function)
    return function


def sign_options(function: F) -> F:
    """Options of the commands that look for every sign of overfitting."""
    for option in reversed(_SIGNS):
        function = option(function)
    return function


def task_options(function: F) -> F:
    """Options of the commands that compare answers by tasks."""
    for option in reversed(_TASKS):
        function = option(function)
    return function


def code_options(function: F) -> F:
    """Options of the commands that run generated code."""
    for option in reversed(_CODE):
        function = option(function)
    return function


def source_options(function: F) -> F:
    """Options of the commands that make a study: where the answers come from, and which of them are drawn."""
    for option in reversed(_SOURCE):
        function = option(function)
    return function


def data_options(function: F) -> F:
    """Options of every command that reads data and no model."""
    for option in reversed(_DATA):
        function = option(function)
    return function


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; talk on stderr.")
