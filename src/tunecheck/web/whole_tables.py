"""Tables that lose nothing: one with cells past its header, which Markdown drops, stays source, as a huge one does."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table

MOST_CELLS = 4_000
_PIPE = re.compile(r"(?<!\\)\|")
_SOURCE_UNTIL = "lines of tables kept as source end at"


def add_tables(parser: MarkdownIt) -> None:
    """Let ``parser`` read those tables that come out whole."""
    parser.enable("table")
    parser.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})


def _whole_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if start_line < state.env.get(_SOURCE_UNTIL, 0) or not table(state, start_line, end_line, True):
        return False
    if silent:
        return True
    n_columns = _n_cells(state, start_line)
    line, n_most = start_line + 2, n_columns
    while line < end_line and not state.isEmpty(line) and n_columns * (line - start_line) <= MOST_CELLS:
        n_most = max(n_most, _n_cells(state, line))
        line += 1
    if n_most > n_columns or n_columns * (line - start_line) > MOST_CELLS:
        # Remembered, so that no line of it is tried again as the head of another table.
        while line < end_line and not state.isEmpty(line):
            line += 1
        state.env[_SOURCE_UNTIL] = line
        return False
    return table(state, start_line, end_line, False)


def _n_cells(state: StateBlock, line: int) -> int:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    ends = text.startswith("|") + (text.endswith("|") and not text.endswith("\\|") and len(text) > 1)
    return len(_PIPE.findall(text)) + 1 - ends
