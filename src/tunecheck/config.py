"""RunSpec: a YAML file and flags become one validated description of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tunecheck.core import TaskSpec
from tunecheck.core.task_names import parse_task
from tunecheck.data import SHAPES
from tunecheck.errors import InputError

PositiveInt = Annotated[int, Field(gt=0)]


def _known_shape(name: str) -> str:
    if name not in ("auto", *SHAPES):
        raise ValueError(f"should be auto, {', '.join(SHAPES[:-1])} or {SHAPES[-1]}")
    return name


def _known_task(text: str) -> str:
    try:
        parse_task(text)
    except InputError as error:
        raise ValueError(f"should be NAME or NAME:option=value ({error.message})") from error
    return text


def _one_or_more(given: object) -> object:
    return (given,) if isinstance(given, str) else given


class RunSpec(BaseModel):
    """What to check and how. The names are those of the flags, with _ for -."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tuned: str = Field(description="the tuned model: a folder, an adapter folder, or a hub name")
    val: str = Field(description="the validation file")
    train: str | None = Field(None, description="the training file")
    base: str | None = Field(None, description="the base model; an adapter names its own")
    curve: str | None = Field(None, description="the training log, where it is not in the folder of the tuned model")
    out: str | None = Field(None, description="the folder of the run")
    seed: int = Field(42, description="decides the sample of the training set")
    device: str | None = Field(None, description="cpu, cuda, cuda:1, ...; a GPU when there is one")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto, float32, bfloat16 or float16"
    )
    context: Annotated[int, Field(ge=2)] | None = Field(None, description="longest window in tokens")
    max_length: PositiveInt | None = Field(None, description="cut every sequence to so many tokens")
    batch_tokens: PositiveInt | None = Field(None, description="tokens in a padded batch")
    template: str = Field("auto", description="auto, none, plain, or a chat template file")
    shape: Annotated[str, AfterValidator(_known_shape)] = Field(
        "auto", description="shape of the rows; auto recognises it"
    )
    group_column: str | None = Field(None, description="rows that share its value are one unit of the statistics")
    skip_bad_rows: bool = Field(False, description="go on without rows that cannot be read")
    full_sequence: bool = Field(True, description="also score the prompt, for the figure beside the response's")
    general: str | None = Field(
        None,
        description="text to measure forgetting on: a file, or none; by default the passages of tunecheck",
    )
    answers: Annotated[int, Field(ge=0)] = Field(
        64, description="validation prompts that base and tuned answer; 0 leaves out all that needs answers"
    )
    max_new_tokens: PositiveInt | None = Field(
        None, description="longest answer in tokens; by default twice what nearly all references have"
    )
    task: Annotated[tuple[Annotated[str, AfterValidator(_known_task)], ...], BeforeValidator(_one_or_more)] = Field(
        (), description="tasks and metrics that base and tuned are compared by: NAME or NAME:option=value"
    )
    task_items: Annotated[int, Field(ge=1)] = Field(200, description="at most so many rows of each task are answered")
    run_code: bool = Field(False, description="run generated code, shut in; a code task needs this consent")
    sandbox: Literal["A", "B"] = Field(
        "A", description="A isolates generated code in namespaces of its own; B confines it without, where A is denied"
    )
    reuse: str | None = Field(None, description="another run's folder, to take scores and answers from")

    @property
    def tasks(self) -> tuple[TaskSpec, ...]:
        """The tasks, read."""
        return tuple(parse_task(text) for text in self.task)


def build_spec(flags: Mapping[str, object], config: str | Path | None = None) -> RunSpec:
    """One RunSpec from a config file (or none) and flags, which win. All bad fields are named at once."""
    given = {name: value for name, value in flags.items() if value is not None}
    merged = {**(_read(Path(config)) if config is not None else {}), **given}
    try:
        return RunSpec.model_validate(merged)
    except ValidationError as error:
        where = f"{config}: " if config is not None else ""
        lines = [
            f"{'.'.join(map(str, one['loc']))}: {_say(one['msg'], one['type'], one['input'])}" for one in error.errors()
        ]
        raise InputError(
            f"{where}" + "; ".join(lines), hint=f"known fields: {', '.join(RunSpec.model_fields)}"
        ) from error


def _say(message: str, kind: str, value: object) -> str:
    if kind in ("extra_forbidden", "missing"):
        return "no such field" if kind == "extra_forbidden" else "is missing"
    # A list in YAML can hold itself many times over: its text would fill the memory.
    given = repr(value)[:80] if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return f"{message.removeprefix('Value error, ')}, not {given}"


def _read(path: Path) -> dict[str, object]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError(f"config file {path} cannot be read: {error}", hint="check --config") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(
            f"{path}: a config file holds names and values, not a {type(content).__name__}", hint="tuned: DIR"
        )
    return {str(name).replace("-", "_"): value for name, value in content.items()}
