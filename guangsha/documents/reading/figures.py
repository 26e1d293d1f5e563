"""The figures file (docs/figures-file.md): one YAML or JSON file with one unit's year.

``facts.json`` of an evaluated package is accepted as well. Nothing in the text is executed or expanded; amounts go
from text to Decimal; every fact keeps its file, line and path.
"""

from __future__ import annotations

from pathlib import Path

from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.documents.reading.facts_json import facts_of_json, is_facts_json
from guangsha.documents.reading.figures_facts import facts_of
from guangsha.documents.reading.figures_text import json_tree, yaml_tree
from guangsha.documents.reading.node import Complaints
from guangsha.facts.fact import FactSet
from guangsha.kernel.errors import InputError


def load_figures(path: Path, *, profile: str | None = None) -> FactSet:
    """Read a figures file.

    Args:
        path: ``.yaml``, ``.yml`` or ``.json``.
        profile: stands before the profile named in the file.

    Raises:
        InputErrors: every fault of the figures, together.
        InputError: the file cannot be read at all.
    """
    return figures_from_bytes(read_bytes(path, limits.FIGURES_BYTES_MAX), path.name, profile=profile)


def figures_from_bytes(data: bytes, file_name: str, *, profile: str | None = None) -> FactSet:
    """As :func:`load_figures`, from the file's bytes."""
    if len(data) > limits.FIGURES_BYTES_MAX:
        most = limits.FIGURES_BYTES_MAX // (1024 * 1024)
        raise InputError(f"文件超过上限 {most} MB", where=file_name, advice="请核对是否选错了文件。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "文件不是 UTF-8 编码",
            where=f"{file_name} 第 {line} 行",
            advice="请用文本编辑器另存为 UTF-8 编码。",
        ) from error
    return parse_figures(text, file_name, profile=profile)


def parse_figures(text: str, file_name: str = "figures.yaml", *, profile: str | None = None) -> FactSet:
    """As :func:`load_figures`, from text; ``file_name`` decides the language (``.json`` or YAML) and names places.

    Raises:
        InputErrors: every fault of the figures, together.
        InputError: the text is not YAML or JSON, or exceeds a bound.
    """
    complaints = Complaints()
    if file_name.lower().endswith(".json"):
        root = json_tree(text, file_name, complaints)
        if is_facts_json(root):
            return facts_of_json(root, complaints, profile=profile)
    else:
        root = yaml_tree(text, file_name, complaints)
    return facts_of(root, complaints, profile=profile)
