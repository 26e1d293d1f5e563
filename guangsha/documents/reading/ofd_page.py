"""One page of an OFD file as characters and ruling lines: the same :class:`Page` that the pdf reader makes.

A page is a tree of layers and blocks with three sorts of things in it. Text names the place of its first character and
the advances of the others; a path is drawn with few operators; a picture is only counted. Every object has a box it is
placed in and may have a matrix. Millimetres, y downwards; a :class:`Page` has points.
Source: GB/T 33190-2016, 8.5 (matrix), 9.1 (paths), 11.3 (places of characters).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from guangsha.documents.reading.pdf_extract import LINES_MAX, OBJECTS_MAX, SEGMENTS_MAX, SHORT, THIN
from guangsha.documents.reading.pdf_pages import CHARACTERS_MAX, Page

Element = Any
Matrix = tuple[float, float, float, float, float, float]

#: Points in a millimetre.
POINTS = 72 / 25.4
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
#: Layers and blocks nest two or three deep.
_DEPTH_MAX = 20
#: A number beyond is a damaged file (millimetres).
_FAR = 1e6
#: The share of its size that a Latin letter or a digit takes; Chinese characters take all of it.
_LATIN_WIDTH = 0.5
_LATIN_END = 0x2E80
#: How far a character reaches over its base line, as the pdf reader has it.
_ABOVE, _BELOW = 0.86, 0.14
#: Numbered lines up to this length may be headings; their font tells.
_HEADING_MAX = 60
#: Numbers after each operator of a path; the last two are where it leads.
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


class TooMuchText(Exception):
    """A page holds more characters than :data:`CHARACTERS_MAX`."""


def local(element: Element) -> str:
    """The name of an element without its namespace: makers disagree about that."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def numbers(text: str | None, most: int = 64) -> list[float]:
    """The numbers of an attribute, at most ``most``; nonsense and what is too far out ends them."""
    found: list[float] = []
    for word in (text or "").split(None, most)[:most]:
        try:
            value = float(word)
        except ValueError:
            break
        if not -_FAR < value < _FAR:  # also false for what is not a number
            break
        found.append(value)
    return found


def advances(text: str | None, count: int) -> list[float]:
    """The distances between ``count`` + 1 characters; ``g 3 4.2`` stands for three times 4.2.

    >>> advances("g 2 4.2 1", 3)
    [4.2, 4.2, 1.0]
    """
    found: list[float] = []
    words = iter((text or "").split(None, 3 * count + 3))
    try:
        while len(found) < count:
            word = next(words)
            if word == "g":
                times, value = int(float(next(words))), float(next(words))
                found += [value] * max(0, min(times, count - len(found)))
            else:
                found.append(float(word))
    except (StopIteration, ValueError, OverflowError):
        pass
    return [value if -_FAR < value < _FAR else 0.0 for value in found]


@dataclass
class PageInk:
    """What was found on a page so far; ``fonts`` names fonts by their id."""

    fonts: dict[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    boxes: array[float] = field(default_factory=lambda: array("f"))
    sideways: list[bool] = field(default_factory=list)
    lines: array[float] = field(default_factory=lambda: array("f"))
    named: list[tuple[int, int, str]] = field(default_factory=list)
    images: int = 0
    objects: int = 0
    characters: int = 0
    too_many_lines: bool = False

    def add(self, element: Element, depth: int = 0) -> None:
        """Everything inside a page, layer or block.

        Raises:
            TooMuchText: see there.
        """
        for child in element:
            self.objects += 1
            if self.objects > OBJECTS_MAX:
                self.too_many_lines = True
                return
            kind = local(child)
            if child.get("Visible") == "false":
                continue
            if kind == "TextObject":
                self._text(child)
            elif kind == "PathObject":
                self._path(child)
            elif kind == "ImageObject":
                self.images += 1
            elif kind in ("Content", "Layer", "PageBlock") and depth < _DEPTH_MAX:
                self.add(child, depth + 1)

    # --- text ---------------------------------------------------------------------------------------------

    def _text(self, item: Element) -> None:
        matrix = _matrix(item)
        size = next(iter(numbers(item.get("Size"))), 0.0)
        scale = next(iter(numbers(item.get("HScale"))), 1.0)
        a, b, c, d, _, _ = matrix
        along, across = math.hypot(a, b), math.hypot(c, d)
        size *= across
        turned = abs(b) > abs(a)
        if size <= 0 or along <= 0 or min(abs(a), abs(b)) > 0.05 * max(abs(a), abs(b)):
            return  # a watermark that runs across the page is none of its lines
        turned = turned or int(next(iter(numbers(item.get("CharDirection"))), 0.0)) % 180 == 90
        font, first = self.fonts.get(item.get("Font") or "", ""), self.characters
        x = y = 0.0
        for code in item:
            if local(code) != "TextCode":
                continue
            text = code.text or ""
            x = next(iter(numbers(code.get("X"))), x)
            y = next(iter(numbers(code.get("Y"))), y)
            right = advances(code.get("DeltaX"), len(text) - 1)
            down = advances(code.get("DeltaY"), len(text) - 1)
            self._run(text, (x, y), right, down, matrix, size, scale * along / across, turned)
        if self.characters > first:
            self.named.append((first, self.characters, font))

    def _run(
        self,
        text: str,
        start: tuple[float, float],
        right: list[float],
        down: list[float],
        matrix: Matrix,
        size: float,
        stretch: float,
        turned: bool,
    ) -> None:
        """Characters one by one; ``size`` is that on the page, ``stretch`` what widths are drawn out by."""
        self.characters += len(text)
        if self.characters > CHARACTERS_MAX:
            raise TooMuchText
        a, b, c, d, e, f = matrix
        x, y = start
        for index, letter in enumerate(text):
            at_x, at_y = a * x + c * y + e, b * x + d * y + f
            share = 1.0 if ord(letter) >= _LATIN_END else _LATIN_WIDTH
            width = share * size * stretch
            step = right[index] * math.hypot(a, b) if index < len(right) else width
            if share < 1 and 0 < step < 1.6 * width:
                width = step  # letters are as wide as their advance, unless they were set apart
            self.boxes.extend((at_x, at_y - _ABOVE * size, at_x + width, at_y + _BELOW * size))
            self.sideways.append(turned)
            x += right[index] if index < len(right) else (0.0 if down else width / (math.hypot(a, b) or 1.0))
            y += down[index] if index < len(down) else 0.0
        self.text.append(text)

    # --- lines --------------------------------------------------------------------------------------------

    def _path(self, item: Element) -> None:
        stroked, filled = item.get("Stroke", "true") != "false", item.get("Fill", "false") == "true"
        if not (stroked or filled):
            return
        matrix = _matrix(item)
        for data in item:
            if local(data) != "AbbreviatedData":
                continue
            for corners in _subpaths(data.text or "", matrix):
                self._corners(corners, stroked)

    def _corners(self, corners: list[tuple[float, float]], stroked: bool) -> None:
        if len(self.lines) > 4 * LINES_MAX:
            self.too_many_lines = True
            return
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        wide, high = (max(xs) - min(xs)) * POINTS, (max(ys) - min(ys)) * POINTS
        if min(wide, high) <= THIN:
            if max(wide, high) >= SHORT:
                self.lines.extend((min(xs), min(ys), max(xs), max(ys)))
            return
        for (x, y), (u, v) in pairwise(corners if stroked else ()):
            across, down = abs(x - u) * POINTS, abs(y - v) * POINTS
            if (across < 0.5) != (down < 0.5) and across + down >= SHORT:
                self.lines.extend((min(x, u), min(y, v), max(x, u), max(y, v)))

    # --- the page -----------------------------------------------------------------------------------------

    def page(self, number: int, width: float, height: float) -> Page:
        """What was found as a page of ``width`` by ``height`` millimetres."""
        text = "".join(self.text)
        boxes = np.frombuffer(self.boxes, dtype=np.float32).reshape(-1, 4) * np.float32(POINTS)
        lines = np.frombuffer(self.lines, dtype=np.float32).reshape(-1, 4) * np.float32(POINTS)
        if self.too_many_lines:
            lines = lines[:0]
        return Page(
            number, width * POINTS, height * POINTS, text, boxes, np.array(self.sideways, dtype=bool), lines,
            self._fonts(text), self.images, True, self.too_many_lines,
        )  # fmt: skip

    def _fonts(self, text: str) -> tuple[tuple[int, str], ...]:
        """The font of the longest run first, then those of short lines, which may be headings."""
        if not self.named:
            return ()
        longest = max(self.named, key=lambda run: run[1] - run[0])
        short = [(a, name) for a, b, name in self.named if b - a <= _HEADING_MAX and text[a:b].strip()]
        return ((longest[0], longest[2]), *short)


def _matrix(item: Element) -> Matrix:
    """From an object's own coordinates to the page's: its matrix, then the corner of its box."""
    own = numbers(item.get("CTM"))
    a, b, c, d, e, f = own if len(own) == 6 else _IDENTITY
    box = numbers(item.get("Boundary"))
    x, y = (box[0], box[1]) if len(box) == 4 else (0.0, 0.0)
    return a, b, c, d, e + x, f + y


def _subpaths(data: str, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
    """The corners of each line of a path; a curve is as if it were drawn straight to its end."""
    a, b, c, d, e, f = matrix
    words = data.replace(",", " ").split(None, 8 * SEGMENTS_MAX)[: 8 * SEGMENTS_MAX]
    corners: list[tuple[float, float]] = []
    place = 0
    while place < len(words):
        operator = words[place]
        count = _OPERANDS.get(operator)
        if count is None:
            place += 1
            continue
        given = numbers(" ".join(words[place + 1 : place + 1 + count]), count)
        place += 1 + count
        if len(given) < count:
            break
        if operator in "SM" or not count:
            if not count and len(corners) > 1:
                corners.append(corners[0])
            if len(corners) > 1:
                yield corners
            corners = corners[:1] if not count else []
        if count:
            x, y = given[-2:]
            corners.append((a * x + c * y + e, b * x + d * y + f))
    if len(corners) > 1:
        yield corners
