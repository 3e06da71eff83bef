"""The search for a program in a reply: ways to look, each of which asks the parser a bounded number of times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from .beginnings import HEAD, Beginning, continuation_only, indented, read_beginning
from .fences import Block, Scan, dedented, indented_blocks, opening, scan, without_prompts
from .parsing import Parser, Program

MAX_BLOCKS = 12
MAX_BODIES = 2
MAX_CUTS = 7
_BEGINS_CODE = re.compile(
    r"@\w|import[ \t]+\w[\w., ]*$|from[ \t]+[\w.]+[ \t]+import[ \t]"
    r"|\w+(?:[ \t]*:[ \t]*\w[\w.\[\]]*)?[ \t]*=[ \t]*[^\s=]"
)


class Found(NamedTuple):
    """A program that was found, how, and whether the last fence of the reply has no end."""

    code: str
    method: str
    is_cut_off: bool = False


class Search:
    """One reply, without thinking, that a program is looked for in.

    wanted      the names that the program has to define; none where they are not known
    blocks      the code blocks that may be Python, the last ``MAX_BLOCKS``
    prose       what is outside of all code blocks
    is_cut_off  the last fence has no end, and something after it
    """

    def __init__(self, text: str, prompt: str, entry_points: Sequence[str], parser: Parser) -> None:
        self.text = text
        self.parser = parser
        self.beginning = read_beginning(prompt, entry_points, parser)
        names = frozenset(entry_points) or frozenset({self.beginning.unfinished} - {""})
        self.wanted = names - self.beginning.defines or names
        self.strict = scan(text)
        self.prose = without_prompts(self.strict.outside)
        self.blocks: list[Block] = []
        self.is_cut_off = False
        self._read(self.strict)

    def run(self) -> Found | None:
        """The program, by the first way that leads to one with the wanted names."""
        if found := self._whole():
            return found
        found = self._in_fences() or self._in_prose() or self._as_body()
        return found._replace(is_cut_off=self.is_cut_off) if found else None

    def _whole(self) -> Found | None:
        """The reply as it is, or the prompt and the reply where it begins like the body of a function."""
        is_body = bool(self.beginning.text) and _begins_indented(self.text) and not _is_indented(self.text)
        program = None if is_body else self.parser.parse(without_prompts(dedented(self.text)))
        if isinstance(program, Program) and self._has_wanted(program, or_any=True):
            return self._found(self._without_words(program), "whole reply")
        found = None
        if self.beginning.text and not self.beginning.text.endswith("\n"):
            found = self._continued(self.beginning, self.text, "prompt + reply")
        if found is None and _begins_indented(self.text):
            found = self._continued(self.beginning.on_new_line, self.text, "prompt + reply")
        return found

    def _in_fences(self) -> Found | None:
        """The code blocks, as the fences are best read."""
        if not self.strict.blocks and "```" not in self.text:
            return None
        has_strings = '"""' in self.text or "'''" in self.text
        strings = scan(self.text, "strings") if has_strings else self.strict
        spanning = [block for block in _candidates(strings.blocks) if block.holds_fence][-2:]
        # A fence in a program can only be in a string: the block would not be a program with any other end.
        if any(isinstance(self.parser.parse(block.code), Program) for block in spanning):
            self._read(strings)
        if found := self._in_blocks(self.blocks):
            return found
        loose = scan(self.text, "loose")
        blocks = _candidates(loose.blocks)
        if blocks == self.blocks:
            return None
        if not any(isinstance(self.parser.parse(block.code), Program) for block in self.blocks):
            self._read(loose)
        return self._in_blocks(blocks)

    def _read(self, scanned: Scan) -> None:
        self.blocks = _candidates(scanned.blocks)
        last = scanned.blocks[-1] if scanned.blocks else None
        self.is_cut_off = last is not None and not last.is_closed and bool(last.text.strip())

    def _in_blocks(self, blocks: Sequence[Block], kind: str = "code block") -> Found | None:
        programs = [
            program
            for block in blocks
            if isinstance(program := self.parser.parse(block.code), Program) and not program.is_words
        ]
        having = [index for index, program in enumerate(programs) if self._has_wanted(program)]
        if having:
            # A block of tests imports the function as if from a file.
            making = [index for index in having if self.wanted <= programs[index].makes]
            return self._with_needed(programs, (making or having)[-1], f"last {kind} with the function")
        joined = "\n\n".join(program.text for program in programs)
        in_pieces = "".join(block.text for block in blocks)
        for text in (joined, in_pieces) if len(blocks) > 1 else ():
            program_or_error = self.parser.parse(text)
            if isinstance(program_or_error, Program) and self._has_wanted(program_or_error):
                return self._found(program_or_error, f"all {kind}s")
        if blocks and not blocks[-1].is_closed and (cut := self.cut(blocks[-1].code)) and self._has_wanted(cut[0]):
            return self._found(cut[0], f"last {kind}{cut[1]}")
        if programs and not self.wanted:
            return self._found(programs[-1], f"last {kind}")
        return None

    def _in_prose(self) -> Found | None:
        """What stands outside of fences, from the first line of code to the last, and its indented blocks."""
        lines = self.prose.split("\n")
        for at in self._starts(lines):
            cut = self.cut("\n".join(lines[at:]))
            if cut and self._has_wanted(program := self._without_words(cut[0])):
                return self._found(program, f"reply from line {at + 1}{cut[1]}" if at else f"whole reply{cut[1]}")
        blocks = _candidates(indented_blocks(self.prose))
        return self._in_blocks(blocks, "indented block") if blocks else None

    def _as_body(self) -> Found | None:
        """The body of the function that the prompt leaves open."""
        if not self.beginning.unfinished:
            return None
        blocks = self.blocks[: -MAX_BODIES - 1 : -1]
        # Models end a body with a fence that nothing opened, also at the end of its last line.
        up_to_fence = [(self.text.partition("```")[0], "prompt + reply up to the fence")] if "```" in self.text else []
        inset = _candidates(indented_blocks(self.prose))[: -MAX_BODIES - 1 : -1]
        return (
            self._as_they_are([*[(block.text, "prompt + last code block") for block in blocks], *up_to_fence])
            or self._indented([(block.code, "prompt + last code block, indented") for block in blocks])
            or self._indented([(dedented(self.prose), "prompt + reply, indented")])
            or self._as_they_are([(block.text, "prompt + last indented block") for block in inset])
        )

    def _as_they_are(self, bodies: Sequence[tuple[str, str]]) -> Found | None:
        for text, method in bodies:
            if _begins_indented(text) and (found := self._continued(self.beginning.on_new_line, text, method)):
                return found
        return None

    def _indented(self, bodies: Sequence[tuple[str, str]]) -> Found | None:
        start = self.beginning.on_new_line
        for text, method in bodies:
            # Only the first line lacks its indentation where a text was stripped.
            ways = (False, True) if _second_is_deeper(text) else (False,)
            for first_only in ways if self._may_be_body(text) else ():
                body = indented(text, start.indent, first_only=first_only)
                if found := self._continued(start, body, method):
                    return found
        return None

    def _has_wanted(self, program: Program, *, or_any: bool = False) -> bool:
        """Whether it defines what is wanted: where that is unknown, any function, or with ``or_any`` does anything."""
        if self.wanted:
            return self.wanted <= program.defines
        return program.has_definition or (or_any and not program.is_words)

    def _may_be_body(self, text: str) -> bool:
        """Whether a text without indentation can be a body: a program of its own has no return, and calls what it
        defines or the function itself.
        """
        program = self.parser.parse(text)
        if isinstance(program, Program):
            return not (program.is_words or program.has_definition or self.wanted & program.needs)
        return bool(text.strip())

    def _found(self, program: Program, method: str) -> Found:
        whole = self.beginning.before(program)
        is_program = isinstance(self.parser.parse(whole, is_last=True), Program)
        return Found(code=whole if is_program else program.text, method=method)

    def _with_needed(self, programs: Sequence[Program], index: int, method: str) -> Found:
        """The program ``index`` with the others that define names which it lacks, in their order."""
        needed = programs[index].needs - self.beginning.defines
        chosen, others = {index}, [*reversed(range(index)), *range(index + 1, len(programs))]
        while (other := next((one for one in others if programs[one].defines & needed), None)) is not None:
            others.remove(other)
            chosen.add(other)
            needed = (needed | programs[other].needs) - programs[other].defines
        if len(chosen) > 1:
            joined = self.parser.parse("\n\n".join(programs[one].text for one in sorted(chosen)), is_last=True)
            if isinstance(joined, Program):
                return self._found(joined, f"{method} and what it needs")
        return self._found(programs[index], method)

    def _continued(self, start: Beginning, body: str, method: str) -> Found | None:
        cut = self.cut(start.text + body, floor=start.n_lines) if start.text else None
        if cut is None:
            return None
        own = start.continued_by(cut[0])
        if own is None or not self.wanted <= cut[0].defines:
            return None
        return Found(code=continuation_only(cut[0], own, self.wanted), method=method + cut[1])

    def cut(self, text: str, *, floor: int = 0) -> tuple[Program, str] | None:
        """The program that a text begins with, after at least ``floor`` lines, and what to say of the cut.

        The text is cut before the line of its error, so often as needed. A function that is wanted and was cut is none.
        """
        removed, n_kept = "", 0
        for _ in range(MAX_CUTS + 1):
            parsed = self.parser.parse(text)
            if isinstance(parsed, Program):
                if removed[:1].isspace() and self._lacks_end(parsed):
                    return None
                return parsed, f", cut before line {n_kept + 1}" if removed else ""
            lines = text.rstrip().split("\n")
            at = min(parsed.line or 0, len(lines)) - 1
            if at <= floor:
                return None
            removed, n_kept = lines[at], at
            text = "\n".join(lines[:at]).rstrip() + "\n"
        return None

    def _lacks_end(self, program: Program) -> bool:
        if not program.statements:
            return True
        last = program.statements[-1]
        is_wanted = not self.wanted or bool(last.defines & self.wanted)
        return last.is_definition and is_wanted and not last.has_end

    def _without_words(self, program: Program) -> Program:
        if not program.mere_words:
            return program
        kept = frozenset(range(len(program.statements))) - program.mere_words
        cleaned = self.parser.parse(program.only(kept))
        return cleaned if isinstance(cleaned, Program) else program

    def _starts(self, lines: Sequence[str]) -> list[int]:
        """The first line of code, and the first of a wanted function."""
        if self.wanted and not any(name in self.prose for name in self.wanted):
            return []
        heads = ((index, HEAD.match(line)) for index, line in enumerate(lines))
        first = next((index for index, line in enumerate(lines) if HEAD.match(line) or _BEGINS_CODE.match(line)), None)
        own = next((index for index, head in heads if head and head[1] in self.wanted), None)
        return [at for at in dict.fromkeys((first, own)) if at is not None]


def _candidates(blocks: Sequence[Block]) -> list[Block]:
    """The last blocks that may be Python, in their order."""
    last = islice((block for block in reversed(blocks) if block.may_be_python), MAX_BLOCKS)
    return [*last][::-1]


def _begins_indented(text: str) -> bool:
    line = next((line for line in text.split("\n") if line.strip()), "")
    return line[:1] in (" ", "\t") and opening(line) is None


def _is_indented(text: str) -> bool:
    return all(line[:1] in ("", " ", "\t") for line in text.split("\n"))


def _second_is_deeper(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and lines[1][0].isspace()
