"""Vega's SVG made fit to stand inside the page: known elements and attributes only, and labels that answer to hovering.

Vega writes what a mark says into its ``aria-label``. Browsers show the ``<title>`` child of a mark when a pointer rests
on it, without any script, so the label becomes that child.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

from markupsafe import Markup

_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "circle", "text", "tspan"})
_LENGTHS = r"[-+0-9.eE, ]*"
_COLOUR = r"#[0-9a-fA-F]{3,8}|none|transparent"
_ATTRIBUTES = {
    name: re.compile(pattern)
    for pattern, names in {
        _LENGTHS: "x y x1 x2 y1 y2 dx dy r cx cy width height viewBox opacity fill-opacity stroke-opacity "
        "stroke-width stroke-dasharray",
        r"[-+0-9.eE, MLHVCSQTAZmlhvcsqtaz]*": "d",
        r"[-+0-9.eE, ()a-z]*": "transform",
        _COLOUR: "fill stroke",
        r"[0-9.]+(px)?": "font-size",
        r"[a-z0-9]+": "font-weight",
        r"start|middle|end": "text-anchor",
        r"butt|round|square": "stroke-linecap",
    }.items()
    for name in names.split()
}
_DRAWN = frozenset({"path", "line", "rect", "circle", "text"})
_DEFAULTS = {("opacity", "1"), ("x2", "0"), ("y2", "0"), ("transform", "translate(0,0)"), ("stroke-width", "0")}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_NOTHING = re.compile(r"(M0,0h0v0h0Z)?")


def embed(svg: str, summary: str) -> Markup:
    """The markup of ``svg`` for the page, read out by screen readers as one image called ``summary``.

    Everything outside a short list of elements and attributes is dropped: links, scripts, styles, references, ids.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 (vl-convert wrote it, without a DTD)
    attributes = {**_attributes(root), "role": "img", "aria-label": summary}
    for name in ("width", "height"):
        attributes.pop(name, None)
    inside = "".join(_element(child) for child in root)
    return Markup(f"<svg{_written(attributes)}>{inside}</svg>")  # noqa: S704 (written from escaped parts)


def _element(element: ElementTree.Element) -> str:
    name = _local(element.tag)
    if name not in _ELEMENTS or element.get("display") == "none" or _is_empty_path(element, name):
        return ""
    attributes = _attributes(element)
    inside = _title(element) + "".join(_element(child) for child in element)
    if name in {"text", "tspan"}:
        inside += escape(element.text or "", quote=False)
    if name == "g":
        if not inside:
            return ""
        if not attributes:
            return inside
    return f"<{name}{_written(attributes)}>{inside}</{name}>" if inside else f"<{name}{_written(attributes)}/>"


def _title(element: ElementTree.Element) -> str:
    label = element.get("aria-label")
    if label is None or _local(element.tag) not in _DRAWN:
        return ""
    return f"<title>{escape(label, quote=False)}</title>"


def _is_empty_path(element: ElementTree.Element, name: str) -> bool:
    return name == "path" and bool(_NOTHING.fullmatch(element.get("d", "")))


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    kept = {}
    for name, value in element.attrib.items():
        pattern = _ATTRIBUTES.get(name)
        if pattern and pattern.fullmatch(value) and (name, value) not in _DEFAULTS:
            kept[name] = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value)
    return kept


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
