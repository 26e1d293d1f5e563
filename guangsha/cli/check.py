"""``guangsha check FILE…``: published documents, every relation between their figures, every contradiction named."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guangsha.checking import CheckedDocument, check_file
from guangsha.checking.annotate import annotated_copy
from guangsha.checking.bundle import HandedDocument, handed_documents
from guangsha.checking.plain_report import PlainReport
from guangsha.checking.together import checked_together
from guangsha.cli.console import emit, json_text, say
from guangsha.documents.writing.annotated_html import write_annotated_html
from guangsha.kernel.errors import GuangshaError, InputError, RuleMissing

logger = logging.getLogger(__name__)

CLEAN, ERRORS, UNUSABLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="文件", help="docx、pdf、xlsx、html、txt，或装有它们的 zip"
    )
    parser.add_argument(
        "--format", choices=("text", "json", "html"), default="text", help="结果的形式，默认 text"
    )
    parser.add_argument(
        "--out", type=Path, metavar="路径", help="结果写到这里；多个文档的 html 写到这个文件夹"
    )
    parser.add_argument("--annotate", type=Path, metavar="文件夹", help="带批注的副本写到这个文件夹")
    parser.add_argument(
        "--against", type=Path, metavar="上年文档", help="同一单位上年的文档，用来核对年度之间的关系"
    )
    parser.add_argument("--profile", metavar="模板", help="口径模板；不填时按文档判断")
    parser.add_argument("--year", type=int, metavar="年度", help="报告年度；不填时按文档判断")


@dataclass(slots=True)
class _Results:
    """What came of the files: documents that were checked, and sentences about those that could not be."""

    checked: list[CheckedDocument] = field(default_factory=list)
    handed: list[HandedDocument] = field(default_factory=list)
    unusable: list[dict[str, str]] = field(default_factory=list)

    @property
    def code(self) -> int:
        if self.unusable:
            return UNUSABLE
        return ERRORS if any(document.has_errors for document in self.checked) else CLEAN

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"documents": [document.as_json() for document in self.checked]}
        if self.unusable:
            found["unusable"] = self.unusable
        return found


def run(arguments: argparse.Namespace) -> int:
    """Check every file; one that cannot be used is told and does not keep the others from being checked."""
    logging.basicConfig(
        level=logging.CRITICAL
    )  # a rule's fault becomes a relation not checked, never a traceback
    results = _Results()
    copies = _Folder(arguments.annotate) if arguments.annotate else None
    with handed_documents(arguments.files) as handed:
        if len(handed) > 1 and arguments.against is not None:
            raise InputError("--against 只能用于一个文档", advice="请逐个文档与其上年文档对比。")
        for document in handed:
            if isinstance(document, InputError):
                _refuse(results, str(document.where), document)
                continue
            _check(document, arguments, results)
        results.checked = list(checked_together(results.checked))
        if copies is not None:
            _annotate(results, copies)
    _write(arguments, results)
    return results.code


def _check(document: HandedDocument, arguments: argparse.Namespace, results: _Results) -> None:
    try:
        checked = check_file(
            document.path, profile=arguments.profile, against=arguments.against, year=arguments.year
        )
    except RuleMissing:
        raise  # the command line names a profile that does not exist: no file can be checked
    except GuangshaError as error:
        _refuse(results, document.name, error)
    except (MemoryError, RecursionError):
        _refuse(results, document.name, InputError("文件展开后过大，已停止读取", where=document.name))
    except Exception:
        logger.exception("checking %s failed", document.name)
        fault = InputError(
            "读取这个文件时程序出错，没有核对",
            where=document.name,
            advice="请另存为 .docx 或 .pdf 再试，并向维护者报告。",
        )
        _refuse(results, document.name, fault)
    else:
        results.checked.append(checked)
        results.handed.append(document)


def _annotate(results: _Results, copies: _Folder) -> None:
    """An annotated copy of every document that was checked; one that cannot be annotated does not keep the others."""
    for checked, document in zip(results.checked, results.handed, strict=True):
        try:
            suffix, content = annotated_copy(checked, document.path)
        except GuangshaError as error:
            _refuse(results, document.name, error)
            continue
        except Exception:
            logger.exception("annotating %s failed", document.name)
            fault = InputError(
                "已核对，但写带批注的副本时程序出错", where=document.name, advice="请向维护者报告。"
            )
            _refuse(results, document.name, fault)
            continue
        say(f"带批注的副本：{copies.write(f'{Path(checked.file).stem}-核对{suffix}', content)}")


def _refuse(results: _Results, name: str, error: GuangshaError) -> None:
    results.unusable.append({"file": name, "error": str(error)})
    say(str(error))


def _write(arguments: argparse.Namespace, results: _Results) -> None:
    out: Path | None = arguments.out
    if arguments.format == "json":
        if out is None:
            emit(results.as_json())
        else:
            _put(out, json_text(results.as_json()))
    elif arguments.format == "text":
        colour = out is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        text = "\n".join(PlainReport(colour=colour).render(document) for document in results.checked)
        if out is None:
            sys.stdout.write(text)
        else:
            _put(out, text)
    else:
        _write_pages(out, results.checked)


def _write_pages(out: Path | None, checked: list[CheckedDocument]) -> None:
    if len(checked) == 1 and (out is None or not out.is_dir()):
        page = write_annotated_html(checked[0].annotated())
        if out is None:
            sys.stdout.write(page)
        else:
            _put(out, page)
    elif checked:
        if out is None:
            raise InputError("多个文档的 html 要写到一个文件夹", advice="请加上 --out 文件夹。")
        folder = _Folder(out)
        for document in checked:
            page = write_annotated_html(document.annotated())
            say(f"核对结果：{folder.write(f'{Path(document.file).stem}-核对.html', page.encode('utf-8'))}")


def _put(path: Path, text: str) -> None:
    """Write one file whole or not at all."""
    _Folder(path.parent).write(path.name, text.encode("utf-8"), replace=True)


class _Folder:
    """A folder that results are written to; a name that is taken within one run gets a number."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: set[str] = set()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"无法写入（{error.strerror or error}）", where=str(path), advice="请换一个文件夹。"
            ) from error

    def write(self, name: str, content: bytes, *, replace: bool = False) -> Path:
        chosen, number = name, 2
        while not replace and chosen in self.written:
            chosen = f"{Path(name).stem}-{number}{Path(name).suffix}"
            number += 1
        self.written.add(chosen)
        target = self.path / chosen
        staging = self.path / f".{chosen}.new"
        try:
            staging.write_bytes(content)
            staging.replace(target)
        except OSError as error:
            raise InputError(
                f"无法写入（{error.strerror or error}）", where=str(target), advice="请检查磁盘空间和写权限。"
            ) from error
        return target
