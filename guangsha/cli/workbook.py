"""``guangsha workbook --profile P --out F.xlsx``: an empty workbook for a unit's year."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from guangsha.cli.console import emit, say
from guangsha.documents.reading.intake import read_input
from guangsha.documents.writing.workbook import write_workbook
from guangsha.kernel.errors import InputError
from guangsha.scoring.profile import load_profile

#: The fiscal year that self-evaluations are being prepared for when nobody names one.
DEFAULT_YEAR = 2025


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", required=True, metavar="模板", help="口径模板，如 yueyang、jiangan、mof")
    parser.add_argument("--out", type=Path, required=True, metavar="文件", help="工作簿写到哪里（.xlsx）")
    parser.add_argument("--year", type=int, default=DEFAULT_YEAR, help=f"年度，默认 {DEFAULT_YEAR}")
    parser.add_argument("--from", dest="source", type=Path, metavar="数据文件", help="用已有数据预填")


def run(arguments: argparse.Namespace) -> int:
    if arguments.out.suffix.lower() != ".xlsx":
        raise InputError("工作簿的文件名应以 .xlsx 结尾", where=str(arguments.out))
    facts = read_input(arguments.source, arguments.profile) if arguments.source else None
    year = facts.year if facts else arguments.year
    content = write_workbook(load_profile(arguments.profile, year), year=year, facts=facts)
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=arguments.out.parent, delete=False) as staging:
            staging.write(content)
        Path(staging.name).chmod(0o644)
        Path(staging.name).replace(arguments.out)
    except OSError as error:
        raise InputError(f"无法写入（{error.strerror or error}）", where=str(arguments.out)) from error
    say(f"工作簿：{arguments.out}。填好后运行 guangsha evaluate {arguments.out} --out 成果包文件夹")
    emit({"workbook": str(arguments.out), "profile": arguments.profile, "year": year})
    return 0
