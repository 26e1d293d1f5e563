"""Old and foreign office formats converted by LibreOffice, where it is installed: bounded, alone, without network.

Every conversion has a profile of its own, made for it and thrown away: nothing of the person's settings is read or
changed, two conversions cannot meet, macros stay off and linked pictures are not fetched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.kernel.errors import InputError

Target = Literal["docx", "xlsx"]

#: A report of 60 pages takes 4 seconds, the first start of a machine 15.
_SECONDS_MAX = 120
_FILTERS: dict[Target, str] = {"docx": "docx:MS Word 2007 XML", "xlsx": "xlsx:Calc MS Excel 2007 XML"}
#: Settings of the profile: no macros, no links followed without being asked.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Load"><prop oor:name="UserDefinedSettings" oor:op="fuse">
<value>true</value></prop></item>
</oor:items>
"""


@dataclass(frozen=True, slots=True)
class OldFormat:
    """A format that is converted: its suffix, what it is called, what it becomes."""

    suffix: str
    label: str
    target: Target

    @property
    def advice(self) -> str:
        program, saved = ("Word", ".docx") if self.target == "docx" else ("Excel", ".xlsx")
        return f"请在 {program} 或 WPS 中打开后另存为 {saved} 格式；安装 LibreOffice 后也可直接读取。"


def office_program() -> str | None:
    """Path of LibreOffice, None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@contextlib.contextmanager
def _process_group(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends the whole group: the program that is started is a script that starts another."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def convert(data: bytes, source: OldFormat, name: str) -> bytes:
    """``data`` in the target format.

    Raises:
        InputError: LibreOffice is not installed, cannot read the file (damaged, or locked by a password), or takes
            too long.
    """
    program = office_program()
    if program is None:
        raise InputError(f"这是{source.label}，无法直接读取", where=name, advice=source.advice)
    with tempfile.TemporaryDirectory(prefix="guangsha-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        given = work / f"in{source.suffix}"
        given.write_bytes(data)
        settings = work / "profile" / "user"
        settings.mkdir(parents=True)
        (settings / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        _run(program, work, given, source, name)
        made = work / "out" / f"in.{source.target}"
        if not made.is_file():
            raise InputError(
                f"{source.label}无法转换（可能已损坏或设有密码）", where=name, advice=source.advice
            )
        return read_bytes(made, limits.DOCUMENT_BYTES_MAX)


def _run(program: str, work: Path, given: Path, source: OldFormat, name: str) -> None:
    command = [
        program,
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--convert-to",
        _FILTERS[source.target],
        "--outdir",
        str(work / "out"),
        str(given),
    ]
    # a proxy that answers nobody: what a document links to is not fetched even if a setting is not known
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "HOME": str(work), "http_proxy": nowhere, "https_proxy": nowhere}
    try:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(
            f"LibreOffice 无法启动，{source.label}不能读取", where=name, advice=source.advice
        ) from error
    with _process_group(process):
        try:
            process.wait(_SECONDS_MAX)
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"{source.label}转换超过 {_SECONDS_MAX} 秒，已停止", where=name, advice=source.advice
            ) from error
