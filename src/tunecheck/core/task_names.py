"""Names of tasks, and how people write one with its options."""

from __future__ import annotations

from tunecheck.core.tasks import TaskSpec
from tunecheck.errors import InputError

TASKS = ("summarization", "classification", "code", "auto")
METRICS = (
    *("exact_match", "contains", "f1", "bleu", "chrf", "ter", "rouge", "json", "function_call", "regex", "number"),
    *("math", "bertscore", "embedding_similarity"),
)


def parse_task(text: str) -> TaskSpec:
    """A task as people write it: NAME, NAME:option=value,option=value, or module:function of their own.

    >>> parse_task("classification:labels=spam|ham,where=topic:mail").labels
    ('spam', 'ham')
    >>> parse_task("regex:pattern=a{1,3},mode=fullmatch").options["pattern"]
    'a{1,3}'
    >>> parse_task("my_metrics:politeness").name
    'my_metrics:politeness'
    """
    name, _, rest = text.partition(":")
    if name not in (*TASKS, *METRICS) and rest and "=" not in rest.partition(":")[0]:
        function, _, rest = rest.partition(":")
        name = f"{name}:{function}"
    options: dict[str, str] = {}
    last = ""
    for part in rest.split(",") if rest else ():
        option, equals, value = part.partition("=")
        if not equals and last:  # A comma inside of a value.
            options[last] += f",{part}"
            continue
        if not equals or not option.strip():
            raise InputError(
                f"task {text!r}: {part!r} is not option=value",
                hint="write options as NAME:option=value,option=value, and several labels as labels=a|b|c",
            )
        last = option.strip().replace("-", "_")
        options[last] = value
    if not name.strip():
        raise InputError(f"task {text!r} has no name", hint=f"name one of {', '.join((*TASKS, *METRICS))}")
    labels = options.pop("labels", "")
    return TaskSpec(name=name.strip(), labels=tuple(labels.split("|")) if labels else (), options=options)
