"""Automatic numbers of paragraphs (一、 （一） 1.), which Word prints but does not write into the text.

The number of a paragraph follows from the list it belongs to (``numbering.xml``), directly or through its style, and
from the paragraphs of that list before it; so every paragraph has to be asked in document order, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from guangsha.documents.reading.docx_numerals import numeral
from guangsha.documents.reading.docx_package import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = W + "val"
_LEVELS = 9
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_PLACE = re.compile(r"%([1-9])")
_STYLES_OPENING = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<w:styles\b[^>]*>")
_STYLE_OPENING = re.compile(rb"<w:style [^>]*[^/>]>")
_STYLE_ID = re.compile(rb'w:styleId="([^"]*)"')
_STYLE_USED = re.compile(rb'<w:pStyle w:val="([^"]*)"')
_BASED_ON = re.compile(rb'<w:basedOn w:val="([^"]*)"')
#: Numbers that end so need no space before the text.
_CLOSED = "、．）】〕】，。：　"


def whole(text: str | None, otherwise: int = -1) -> int:
    """The whole number an attribute states; ``otherwise`` where it states none."""
    if text is None or not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 9:
        return otherwise
    return int(text)


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style says of headings and lists; -1 where it says nothing."""

    based_on: str = ""
    outline: int = -1
    list_id: int = -1
    level: int = -1


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int = -1
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class _Definition:
    """An abstract list: its levels, and where its counters stand."""

    levels: dict[int, _Level] = field(default_factory=dict)
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)
    style_link: str = ""


def read_styles(root: Element | None) -> tuple[dict[str, Style], str]:
    """The paragraph styles by id, resolved through what they are based on, and the id of the default one."""
    if root is None:
        return {}, ""
    found: dict[str, Style] = {}
    default = ""
    for element in root.iterchildren(W + "style"):
        if element.get(W + "type") not in (None, "paragraph"):
            continue
        key = element.get(W + "styleId") or ""
        if element.get(W + "default") in ("1", "true"):
            default = key
        found[key] = _style(element)
    return {key: _resolved(key, found) for key in found}, default


def only_used(styles: bytes, document: bytes, more: Iterable[str] = ()) -> bytes:
    """``styles.xml`` with no other styles than those of paragraphs in ``document``, ``more``, and their bases.

    Word's own templates bring hundreds of table styles along that take longer to parse than the document.
    """
    opening = _STYLES_OPENING.match(styles)
    if opening is None:
        return styles
    fragments: dict[bytes, bytes] = {}
    waiting = {*_STYLE_USED.findall(document), *(style.encode() for style in more)}
    for part in styles.split(b"</w:style>")[:-1]:
        found = _STYLE_OPENING.search(part)
        key = _STYLE_ID.search(found[0]) if found else None
        if found is None or key is None:
            return styles
        fragments[key[1]] = part[found.start() :]
        if b"w:default=" in found[0] and b'"paragraph"' in found[0]:
            waiting.add(key[1])
    used: dict[bytes, bytes] = {}
    while waiting:
        key_of_style = waiting.pop()
        fragment = fragments.get(key_of_style)
        if fragment is not None and key_of_style not in used:
            used[key_of_style] = fragment
            waiting.update(_BASED_ON.findall(fragment))
    return opening[0] + b"</w:style>".join([*used.values(), b"</w:styles>"])


def _style(element: Element) -> Style:
    name = element.find(W + "name")
    heading = _HEADING_NAME.fullmatch((name.get(VAL) or "").strip()) if name is not None else None
    base = element.find(W + "basedOn")
    properties = element.find(W + "pPr")
    outline, list_id, level = outline_of(properties), -1, -1
    if properties is not None:
        list_id, level = list_of(properties)
    if outline < 0 and heading is not None:
        outline = int(heading[1]) - 1
    return Style((base.get(VAL) or "") if base is not None else "", outline, list_id, level)


def _resolved(key: str, styles: dict[str, Style]) -> Style:
    style = styles[key]
    seen = {key}
    base = style.based_on
    while base in styles and base not in seen:
        seen.add(base)
        under = styles[base]
        style = replace(
            style,
            outline=style.outline if style.outline >= 0 else under.outline,
            list_id=style.list_id if style.list_id >= 0 else under.list_id,
            level=style.level if style.level >= 0 else under.level,
        )
        base = under.based_on
    return style


def outline_of(properties: Element | None) -> int:
    """The outline level a paragraph or style states: 0 to 8, 9 for body text, -1 where it says nothing."""
    if properties is None:
        return -1
    element = properties.find(W + "outlineLvl")
    return -1 if element is None else min(whole(element.get(VAL)), _LEVELS)


def list_of(properties: Element) -> tuple[int, int]:
    """Id of the list and level in it; -1 where nothing is said."""
    element = properties.find(W + "numPr")
    if element is None:
        return -1, -1
    number, level = element.find(W + "numId"), element.find(W + "ilvl")
    return (
        whole(number.get(VAL)) if number is not None else -1,
        whole(level.get(VAL)) if level is not None else -1,
    )


class Numbering:
    """Counts the lists of one document."""

    def __init__(self, root: Element | None) -> None:
        self._definitions: dict[int, _Definition] = {}
        self._lists: dict[int, _Definition] = {}
        self._overrides: dict[int, dict[int, _Level]] = {}
        self._restarts: dict[int, dict[int, int]] = {}
        self.by_style: dict[str, tuple[int, int]] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: Element) -> None:
        links: dict[str, _Definition] = {}
        for element in root.iterchildren(W + "abstractNum"):
            definition = _Definition(dict(map(_level, element.iterchildren(W + "lvl"))))
            self._definitions[whole(element.get(W + "abstractNumId"))] = definition
            for tag in ("styleLink", "numStyleLink"):
                link = element.find(W + tag)
                if link is not None and tag == "styleLink":
                    links[link.get(VAL) or ""] = definition
                elif link is not None:
                    definition.style_link = link.get(VAL) or ""
        for element in root.iterchildren(W + "num"):
            self._read_list(element, links)

    def _read_list(self, element: Element, links: dict[str, _Definition]) -> None:
        number = whole(element.get(W + "numId"))
        abstract = element.find(W + "abstractNumId")
        definition = self._definitions.get(whole(abstract.get(VAL))) if abstract is not None else None
        if definition is None:
            return
        if not definition.levels:
            definition = links.get(definition.style_link, definition)
        self._lists[number] = definition
        for override in element.iterchildren(W + "lvlOverride"):
            n = whole(override.get(W + "ilvl"))
            start, level = override.find(W + "startOverride"), override.find(W + "lvl")
            if level is not None:
                self._overrides.setdefault(number, {})[n] = _level(level)[1]
            if start is not None:
                self._restarts.setdefault(number, {})[n] = whole(start.get(VAL), 1)
        for n, level in definition.levels.items():
            if level.style:
                self.by_style.setdefault(level.style, (number, n))

    def number(self, list_id: int, level: int) -> str:
        """The number printed before the next paragraph of list ``list_id``, with the gap after it; empty for bullets."""
        definition = self._lists.get(list_id)
        if definition is None or not 0 <= level < _LEVELS:
            return ""
        own = self._overrides.get(list_id, {})
        levels = {**definition.levels, **own} if own else definition.levels
        this = levels.get(level)
        if this is None:
            return ""
        restarts = self._restarts.get(list_id)
        if restarts and level in restarts:
            # a list that starts anew does so at its first paragraph only
            definition.counts[level] = restarts.pop(level) - 1
        counts = definition.counts
        before = counts[level]
        counts[level] = this.start if before is None else before + 1
        for deeper in range(level + 1, _LEVELS):
            restart = levels[deeper].restart if deeper in levels else -1
            if restart != 0 and (restart < 0 or level < restart):
                counts[deeper] = None
        if this.form == "bullet":
            return ""
        return _with_gap(
            _PLACE.sub(lambda place: _part(int(place[1]) - 1, counts, levels, this), this.text), this
        )


def _part(n: int, counts: list[int | None], levels: dict[int, _Level], this: _Level) -> str:
    level = levels.get(n, _Level())
    count = counts[n]
    form = "decimal" if this.legal and level is not this else level.form
    return numeral(level.start if count is None else count, form)


def _with_gap(text: str, level: _Level) -> str:
    if not text or level.suffix == "nothing" or text[-1] in _CLOSED:
        return text
    return text + " "


def _level(element: Element) -> tuple[int, _Level]:
    said: dict[str, str] = {}
    for child in element:
        said[child.tag] = child.get(VAL) or ""
    legal = W + "isLgl" in said and said[W + "isLgl"] not in ("0", "false")
    return whole(element.get(W + "ilvl")), _Level(
        whole(said.get(W + "start"), 1),
        said.get(W + "numFmt") or "decimal",
        said.get(W + "lvlText", ""),
        said.get(W + "suff") or "tab",
        whole(said.get(W + "lvlRestart")),
        legal,
        said.get(W + "pStyle", ""),
    )
