"""The worker process of one upload: ``python -m guangsha.evaluation.worker FOLDER``.

FOLDER holds ``input.*`` and ``profile``; the worker writes ``status.json`` and, when all went well, ``package/``.
Its memory is bounded here, its time by whoever started it.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

from guangsha.evaluation.package import evaluate
from guangsha.evaluation.status import Status, read_status, write_status
from guangsha.kernel.errors import GuangshaError

#: Typst and the font map about 400 MB of address space; a workbook needs little more.
ADDRESS_SPACE_MAX = 3 * 1024**3


def main(folder: Path) -> int:
    """Evaluate the upload in ``folder``; exit code 0 when the status tells how it ended."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but may refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX))
    shown = read_status(folder).file_name

    def status(state: str, percent: int, message: str) -> None:
        write_status(folder, Status(state, percent, message, shown))

    source = next(folder.glob("input*"))
    profile = (folder / "profile").read_text(encoding="utf-8").strip() or None
    try:
        evaluate(source, folder / "package", profile, lambda percent, step: status("running", percent, step))
    except GuangshaError as error:
        # The person knows the file by its own name, not by where it lies here.
        status("failed", 0, str(error).replace(str(source), shown).replace(source.name, shown))
    except MemoryError:
        status("failed", 0, "文件展开后过大，已停止处理，没有生成成果包。")
    else:
        status("done", 100, "成果包已生成")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
