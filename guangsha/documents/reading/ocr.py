"""Scanned pages as text, where ``guangsha[ocr]`` is installed: a local engine, its models inside its package.

The engine (RapidOCR on ONNX, Apache-2.0) takes seconds and half a gigabyte for a page, so that it works in a process
of its own, with bounds, and only on pages without text. What it reads becomes characters and ruling lines of a
:class:`Page` like any other: tables of a scan are found by the same code as drawn ones.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guangsha.documents.reading.pdf_pages import Page, open_pdf
from guangsha.kernel.errors import InputError

_ENGINE = "rapidocr_onnxruntime"
#: Some three seconds a page.
PAGES_MAX = 200
_SECONDS_A_PAGE = 60
_ADDRESS_SPACE_MAX = 6 * 1024**3
#: Dots per inch at which pages are drawn, and the longest side of a picture.
_RESOLUTION = 200
_SIDE_MAX = 2_600
#: What the engine is less sure of is left out.
_SURE = 0.5


def ocr_installed() -> bool:
    """Whether the optional engine is there."""
    return importlib.util.find_spec(_ENGINE) is not None


def recognised_pages(path: Path, numbers: Sequence[int]) -> Iterator[Page]:
    """The pages of ``path`` with these numbers (from 1), recognised.

    Raises:
        InputError: too many pages, or the engine failed on them.
    """
    where = path.name
    if len(numbers) > PAGES_MAX:
        raise InputError(
            f"扫描页有 {len(numbers)} 页，超过文字识别的上限 {PAGES_MAX} 页",
            where=where,
            advice="请拆分后再核对，或改用有文字层的文件。",
        )
    command = [sys.executable, "-m", "guangsha.documents.reading.ocr", *map(str, numbers)]
    with open_pdf(path) as file:
        try:
            finished = subprocess.run(
                command,
                stdin=file,
                capture_output=True,
                timeout=_SECONDS_A_PAGE * len(numbers),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise InputError("文字识别超时", where=where, advice="请拆分后再核对。") from error
    if finished.returncode:
        raise InputError(
            "文字识别组件未能识别这个文件",
            where=where,
            advice="请核对组件是否安装完整：pip install guangsha[ocr]。",
        )
    for line in finished.stdout.decode("utf-8").splitlines():
        yield _page(json.loads(line))


def _page(found: dict[str, Any]) -> Page:
    """What was recognised as characters; those of one line share its box by their usual widths."""
    text: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    for said, left, top, right, bottom in found["texts"]:
        widths = [1.0 if ord(c) >= 0x2E80 else 0.5 for c in said]
        unit = (right - left) / max(sum(widths), 0.5)
        for character, width in zip(said, widths, strict=True):
            text.append(character)
            boxes.append((left, top, left + width * unit, bottom))
            left += width * unit
        text.append("\n")
        boxes.append((0.0, 0.0, 0.0, 0.0))
    return Page(
        found["page"],
        found["width"],
        found["height"],
        "".join(text),
        np.array(boxes, dtype=np.float32).reshape(-1, 4),
        np.zeros(len(text), dtype=bool),
        np.array(found["rulings"], dtype=np.float32).reshape(-1, 4),
    )


# --- in the process of its own -----------------------------------------------------------------------------


def _rulings(cv2: Any, gray: Any, scale: float) -> list[tuple[float, float, float, float]]:
    """Straight dark runs, as left, top, right, bottom in points."""
    dark = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1]
    least = round(0.3 * _RESOLUTION)
    found: list[tuple[float, float, float, float]] = []
    for shape in ((least, 1), (1, least)):
        runs = cv2.morphologyEx(dark, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        # a scan is never quite level: a line of it lies in several rows
        runs = cv2.dilate(runs, cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3)))
        for contour in cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            x, y, width, height = cv2.boundingRect(contour)
            if min(width, height) > 0.06 * _RESOLUTION:
                continue  # a dark patch: a seal, a shaded cell
            across = width > height
            middle = (y + height / 2 if across else x + width / 2) / scale
            ends = (x / scale, (x + width) / scale) if across else (y / scale, (y + height) / scale)
            found.append((ends[0], middle, ends[1], middle) if across else (middle, ends[0], middle, ends[1]))
    return found


def _recognise(engine: Any, cv2: Any, page: Any, number: int) -> dict[str, Any]:
    width, height = page.get_size()
    scale = min(_RESOLUTION / 72, _SIDE_MAX / max(width, height))
    picture = page.render(scale=scale, grayscale=True).to_numpy()
    gray = picture[:, :, 0] if picture.ndim == 3 else picture
    texts = []
    for corners, said, sure in engine(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))[0] or []:
        if float(sure) < _SURE or not said.strip():
            continue
        xs, ys = [float(x) / scale for x, _ in corners], [float(y) / scale for _, y in corners]
        margin = 0.08 * (max(ys) - min(ys))  # the engine draws its boxes around the ink
        texts.append((said, min(xs), min(ys) + margin, max(xs), max(ys) - margin))
    rulings = _rulings(cv2, gray, scale)
    return {"page": number, "width": width, "height": height, "texts": texts, "rulings": rulings}


def main() -> None:
    """Recognise the pages numbered in the arguments of the pdf that is standard input."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but may refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_MAX, _ADDRESS_SPACE_MAX))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the engine prints must not end up among the results
    cv2 = importlib.import_module("cv2")
    pdfium = importlib.import_module("pypdfium2")
    engine = importlib.import_module(_ENGINE).RapidOCR(intra_op_num_threads=2, inter_op_num_threads=1)
    document = pdfium.PdfDocument(sys.stdin.buffer.read())
    for number in map(int, sys.argv[1:]):
        found = _recognise(engine, cv2, document[number - 1], number)
        out.write(json.dumps(found, ensure_ascii=False).encode() + b"\n")
    out.close()


if __name__ == "__main__":
    main()
