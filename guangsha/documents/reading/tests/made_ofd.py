"""OFD files made by hand, and pages of a pdf set again as OFD."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

from guangsha.documents.reading.pdf_pages import Page

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_MILLIMETRES = 25.4 / 72


def text(x: float, y: float, words: str, size: float = 4.0, *, delta: str = "", more: str = "") -> str:
    """A text object whose first character stands at ``x``, base line at ``y`` (millimetres)."""
    spread = delta or " ".join(str(size if ord(letter) >= 0x2E80 else size / 2) for letter in words[:-1])
    return (
        f'<ofd:TextObject Boundary="{x} {y - size} {len(words) * size} {size * 1.2}" Font="3" Size="{size}" {more}>'
        f'<ofd:TextCode X="0" Y="{size}" DeltaX="{spread}">{escape(words)}</ofd:TextCode></ofd:TextObject>'
    )


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    """A stroked line from one point to the other."""
    return (
        f'<ofd:PathObject Boundary="{x0} {y0} {x1 - x0} {y1 - y0}" LineWidth="0.25">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def table(xs: Sequence[float], top: float, rows: Sequence[Sequence[str]], high: float = 8.0) -> str:
    """A ruled table with one line of text in each cell."""
    ys = [top + high * number for number in range(len(rows) + 1)]
    drawn = [line(xs[0], y, xs[-1], y) for y in ys] + [line(x, ys[0], x, ys[-1]) for x in xs]
    cells = [
        text(x + 1.5, y + 5.5, words)
        for y, row in zip(ys, rows, strict=False)
        for x, words in zip(xs, row, strict=False)
    ]
    return "".join(drawn + cells)


def page(content: str, *, before: str = "", size: str = "0 0 210 297") -> str:
    """The part of one page."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {SPACE}><ofd:Area><ofd:PhysicalBox>{size}</ofd:PhysicalBox>'
        f'</ofd:Area>{before}<ofd:Content><ofd:Layer ID="2">{content}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def made_ofd(pages: Iterable[str], *, more: Mapping[str, str] | None = None, common: str = "") -> bytes:
    """A package with these pages; ``more`` parts are added or replace those made here."""
    contents = list(pages)
    listed = "".join(
        f'<ofd:Page ID="{10 + number}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number in range(len(contents))
    )
    parts = {
        "OFD.xml": f'<ofd:OFD {SPACE} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml'
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        f"</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {SPACE}><ofd:Fonts><ofd:Font ID="3" FontName="仿宋"/></ofd:Fonts></ofd:Res>',
        **{f"Doc_0/Pages/Page_{number}/Content.xml": content for number, content in enumerate(contents)},
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def set_again(pages: Iterable[Page]) -> bytes:
    """Pages of a pdf as OFD: every run of characters an object of its own, every line drawn again."""
    return made_ofd(
        page("".join((*_runs(one), *_rulings(one))), size=f"0 0 {_mm(one.width)} {_mm(one.height)}")
        for one in pages
    )


def _mm(points: float) -> str:
    return f"{float(points) * _MILLIMETRES:.4f}"


def _runs(one: Page) -> Iterator[str]:
    shown = [
        (letter, *map(float, box))
        for letter, box, aside in zip(one.text, one.boxes, one.sideways, strict=True)
        if box[2] > box[0] and letter >= " " and not aside
    ]
    for bottom, found in groupby(shown, key=lambda character: round(character[4], 1)):
        run = list(found)
        chinese = [c[3] - c[1] for c in run if ord(c[0]) >= 0x2E80]
        size = chinese[0] if chinese else 2 * (run[0][3] - run[0][1])
        steps = " ".join(_mm(after[1] - before[1]) for before, after in pairwise(run))
        words = escape("".join(c[0] for c in run))
        yield (
            f'<ofd:TextObject Boundary="{_mm(run[0][1])} {_mm(bottom - size)} 1 1" Font="3" Size="{_mm(size)}">'
            f'<ofd:TextCode X="0" Y="{_mm(0.86 * size)}" DeltaX="{steps}">{words}</ofd:TextCode></ofd:TextObject>'
        )


def _rulings(one: Page) -> Iterator[str]:
    for x0, y0, x1, y1 in one.rulings.tolist():
        yield (
            f'<ofd:PathObject Boundary="{_mm(x0)} {_mm(y0)} 1 1"><ofd:AbbreviatedData>S 0 0 L {_mm(x1 - x0)} '
            f"{_mm(y1 - y0)}</ofd:AbbreviatedData></ofd:PathObject>"
        )
