"""The entry point: commands are imported when they are called, and every error ends in one clear message."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys

import click

from tunecheck.cli.lazy import LazyGroup
from tunecheck.cli.process import prepare_process
from tunecheck.errors import TunecheckError

# Command -> (module, one line for the list). The modules are imported only when their command is called.
_COMMANDS = {
    "run": ("tunecheck.cli.run", "The whole checklist on a tuned model, with a report and a verdict."),
    "curve": ("tunecheck.cli.curve", "What the training log says: learned, overfitted, and which step is best."),
    "perplexity": ("tunecheck.cli.perplexity", "Perplexity of base and tuned on the same data."),
    "overfitting": ("tunecheck.cli.overfitting", "Train against validation, calibrated by the base."),
    "split": ("tunecheck.cli.split", "Train and validation files without leaks between them."),
    "leaks": ("tunecheck.cli.leaks", "What the validation set shares with the training set."),
    "generate": ("tunecheck.cli.generate", "The answers of tuned and base to the prompts of a file."),
    "score": ("tunecheck.cli.score", "Answers made anywhere against references: ROUGE, labels, JSON and more."),
    "agreement": ("tunecheck.cli.agreement", "How far the raters of a file agree, wherever they rated."),
    "preference": ("tunecheck.cli.preference", "Which model the votes of a file prefer, wherever they were collected."),
    "review": ("tunecheck.cli.review", "People rate answers: make a sheet, show, export, import, vote."),
    "ab": ("tunecheck.cli.ab", "People compare answers blind: plan, create, vote, show, export, import, judge."),
    "serve": ("tunecheck.cli.serve", "Rating sheet, blind pairs and progress in the browser."),
    "report": ("tunecheck.cli.report", "Show a finished run as HTML, Markdown or JSON."),
    "verdict": ("tunecheck.cli.verdict", "The verdict of a finished run, as text and exit code."),
    "demo": ("tunecheck.cli.demo", "Train a small model and check it: the whole tool in minutes."),
    "doctor": ("tunecheck.cli.doctor", "What this machine can do."),
}


@click.group(
    cls=LazyGroup, homes=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="tunecheck", message="%(package)s %(version)s")
def _tunecheck() -> None:
    """Is my fine-tuned language model good enough to ship?

    Point it at a fine-tune's output folder and your data:

        tunecheck run OUTPUT_FOLDER --val validation.jsonl --train train.jsonl

    Exit codes: 0 ship (or done), 1 hold, 2 wrong usage or input, 3 incomplete, 4 this machine cannot run it.
    """


def main() -> None:
    """Run the command line; the only place that turns an error into an exit code."""
    prepare_process()
    _print_anything()
    try:
        code = _tunecheck.main(prog_name="tunecheck", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except click.Abort:
        code = _stopped()
    except KeyboardInterrupt:
        code = _stopped()
    except TunecheckError as error:
        code = _fail(str(error.message), error.hint, error.exit_code)
    except SystemExit as error:
        # click ends so (with 1, which here means hold) when whoever read our output has gone: a pager, head.
        code = error.code if "_TUNECHECK_COMPLETE" in os.environ else 0
    except Exception as error:
        if os.environ.get("TUNECHECK_DEBUG"):
            raise
        code = _unforeseen(error)
    sys.exit(code if isinstance(code, int) else 0)


def _print_anything() -> None:
    """Let stdout take any text: what its encoding lacks becomes an escape, which JSON reads back as it was."""
    codecs.register_error("json escape", _json_escape)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="json escape")


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _stopped() -> int:
    click.echo("\nstopped; type the same command again to go on where it stopped", err=True)
    return 130


def _fail(message: str, hint: str, code: int) -> int:
    from tunecheck.report.text import visible

    message, hint = visible(message), visible(hint)
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
    if hint:
        click.echo(click.style("  try: ", bold=True) + hint, err=True)
    return code


def _unforeseen(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _fail(f"the disk is full: {error}", "free some space, or name a folder on another disk: --out DIR", 2)
    if isinstance(error, MemoryError):
        return _fail("out of memory", "use a smaller model or fewer items, or --device cpu", 4)
    if isinstance(error, OSError):
        return _fail(f"{error.strerror or error}: {error.filename or ''}", "check the path and its permissions", 2)
    return _fail(
        f"tunecheck did not foresee this: {type(error).__name__}: {error}",
        "set TUNECHECK_DEBUG=1 and run it again to see where; a report of it is welcome",
        4,
    )
