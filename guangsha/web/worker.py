"""The worker process of one job: ``python -m guangsha.web.worker FOLDER``.

FOLDER holds ``job.json`` (what to do) and ``input/`` (what was uploaded, each file in a folder of its own); the worker
writes ``status.json`` and, when all went well, ``package/`` or ``result/``. Its memory is bounded here, its time by
whoever started it. Django is not needed and not loaded.
"""

from __future__ import annotations

import contextlib
import json
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.web.status import Status, read_job, read_status, write_status

if TYPE_CHECKING:
    from guangsha.checking import CheckedDocument
    from guangsha.checking.bundle import HandedDocument

#: Typst and the font map about 400 MB of address space; a workbook or a report needs little more.
ADDRESS_SPACE_MAX = 3 * 1024**3

#: Tells how far the work has come: percent and Chinese name of the step.
Progress = Callable[[int, str], None]


def make_package(folder: Path, profile: str | None, progress: Progress) -> str:
    """Evaluate the one uploaded workbook into ``package/``."""
    from guangsha.evaluation.package import evaluate  # a check never pays for loading the writers of packages

    (source,) = uploaded(folder)
    evaluate(source, folder / "package", profile, progress)
    return "成果包已生成"


def check_documents(folder: Path, profile: str | None, progress: Progress) -> str:
    """Check every uploaded document into ``result/``; the uploads are gone afterwards.

    Raises:
        InputError: none of them could be used.
    """
    from guangsha.checking import CheckedDocument
    from guangsha.checking.bundle import handed_documents
    from guangsha.checking.together import checked_together

    result = folder / "result.new"
    result.mkdir(exist_ok=True)
    documents: list[dict[str, Any]] = []
    read: list[tuple[int, HandedDocument, CheckedDocument]] = []
    with handed_documents(uploaded(folder)) as handed:
        share = 100 // max(len(handed), 1)
        for number, document in enumerate(handed):
            if isinstance(document, InputError):
                documents.append({"file": document.where, "error": str(document)})
                continue
            step = _part_of(progress, number * share, share, document.name)
            found = _checked(document.path, document.name, profile, step)
            if isinstance(found, CheckedDocument):
                read.append((number, document, found))
                documents.append({})
            else:
                documents.append(found)
        together = checked_together([found for _, _, found in read])
        for (number, document, _), found in zip(read, together, strict=True):
            documents[number] = _written(result, number, document.path, document.name, found)
    shutil.rmtree(folder / "input", ignore_errors=True)
    if not any("error" not in document for document in documents):
        raise InputError("\n".join(document["error"] for document in documents))
    (result / "documents.json").write_text(json.dumps(documents, ensure_ascii=False), encoding="utf-8")
    result.replace(folder / "result")
    return "核对完成"


def _part_of(progress: Progress, before: int, share: int, name: str) -> Progress:
    """Progress of one document as a share of the whole."""
    return lambda percent, step: progress(before + percent * share // 100, f"{step}：{name}")


def _checked(
    path: Path, name: str, profile: str | None, progress: Progress
) -> CheckedDocument | dict[str, Any]:
    """One document checked by itself, or the line of the result page that says why it could not be."""
    from guangsha.checking import check_file

    try:
        return check_file(path, profile=profile, progress=progress)
    except GuangshaError as error:
        return {"file": name, "error": str(error).replace(str(path), name)}
    except (MemoryError, RecursionError):
        return {"file": name, "error": f"{name}：文件展开后过大，已停止读取。"}


def _written(result: Path, number: int, path: Path, name: str, checked: CheckedDocument) -> dict[str, Any]:
    """One document's line of the result page; its page and copies are written beside."""
    from guangsha.checking.annotate import annotated_copy
    from guangsha.documents.writing.annotated_html import write_annotated_html

    try:
        page = write_annotated_html(checked.annotated(), link_home="./")
        suffix, copy = annotated_copy(checked, path)
    except GuangshaError as error:
        return {"file": name, "error": str(error).replace(str(path), name)}
    except (MemoryError, RecursionError):
        return {"file": name, "error": f"{name}：文件展开后过大，已停止读取。"}
    found = checked.as_json()
    (result / f"{number + 1}.html").write_text(page, encoding="utf-8")
    (result / f"{number + 1}.json").write_text(
        json.dumps(found, ensure_ascii=False, indent=2), encoding="utf-8"
    )
    if suffix == ".docx":
        (result / f"{number + 1}.docx").write_bytes(copy)
    grave = [f for f in found["findings"] if f["severity"] != "info"]
    return {
        **{key: found[key] for key in ("title", "unit", "year", "figures", "relations")},
        "file": name,
        "number": number + 1,
        "docx": suffix == ".docx",
        "errors": sum(1 for f in grave if f["severity"] == "error"),
        "warnings": sum(1 for f in grave if f["severity"] == "warning"),
        "first": grave[:3],
    }


WORK: dict[str, Callable[[Path, str | None, Progress], str]] = {
    "package": make_package,
    "check": check_documents,
}
_FAILED = {"package": "没有生成成果包", "check": "没有核对"}


def uploaded(folder: Path) -> list[Path]:
    """The uploaded files in the order they were given."""
    numbered = sorted((folder / "input").iterdir(), key=lambda place: int(place.name))
    return [file for place in numbered for file in place.iterdir()]


def main(folder: Path) -> int:
    """Do the job in ``folder``; exit code 0 when the status tells how it ended."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but may refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX))
    shown = read_status(folder).file_name
    job = read_job(folder)

    def status(state: str, percent: int, message: str) -> None:
        write_status(folder, Status(state, percent, message, shown))

    sources = {str(path): path.name for path in uploaded(folder)}
    try:
        done = WORK[job.kind](
            folder, job.profile or None, lambda percent, step: status("running", percent, step)
        )
    except GuangshaError as error:
        # The person knows the file by its own name, not by where it lies here.
        message = str(error)
        for path, name in sources.items():
            message = message.replace(path, name)
        status("failed", 0, message)
    except MemoryError:
        status("failed", 0, f"文件展开后过大，已停止处理，{_FAILED[job.kind]}。")
    else:
        status("done", 100, done)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
