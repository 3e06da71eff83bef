"""Pages: the documentation as headings, fenced blocks, code spans and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    sorted([*(ROOT / "docs").glob("*.md"), *(ROOT / "design").glob("*.md"), *ROOT.glob("*.md")], key=lambda p: p.name)
)
GUIDES = tuple(page for page in PAGES if page.parent.name != "design")

_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, its text, the last heading above it, and the text block right below it, or None."""

    page: Path
    line: int
    language: str
    text: str
    heading: str
    below: str | None = None

    @property
    def name(self) -> str:
        """Where it is: "README.md:12"."""
        return f"{self.page.name}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """All blocks of these languages, in the guides."""
    return [block for page in GUIDES for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    found: list[Block] = []
    heading, opened, start = "", "", 0
    collected: list[str] = []
    last_end = -10
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            if not opened:
                opened, start, collected = line[3:] or "none", number, []
                continue
            text = "\n".join(collected)
            if opened == "text" and found and start - last_end == 2:
                found[-1] = replace(found[-1], below=text)
            found.append(Block(page=page, line=start, language=opened, text=text, heading=heading))
            # Only what stands right below code is its output; a text below a text is a text of its own.
            last_end = -10 if opened == "text" else number
            opened = ""
        elif opened:
            collected.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return found


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> Iterator[str]:
    """The targets of the links of a page."""
    yield from _LINK.findall(page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """The code spans of a page, outside of its blocks."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return _SPAN.findall(text)


def table_names(page: Path) -> dict[str, list[str]]:
    """The code spans in the first column of the tables of a page, by the heading above."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| `"):
            found.setdefault(heading, []).extend(_SPAN.findall(line.split("|")[1]))
    return found
