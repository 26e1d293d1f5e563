"""What the command line asks of this area: the figures of an agency's year, from its records."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from django.utils import timezone

from guangsha.areas.performance.access import agencies_below
from guangsha.areas.performance.actions import made_of
from guangsha.areas.performance.making import Made, Typed, make
from guangsha.areas.performance.models import UnitYear
from guangsha.areas.performance.table import read_table
from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.facts.fact import FactSet
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency


def find_agency(named: str) -> Agency:
    """An agency by its number or its full name.

    Raises:
        InputError: none, or several of that name.
    """
    found = list(Agency.objects.filter(pk=int(named)) if named.isdecimal() and len(named) < 19 else Agency.objects.filter(name=named)[:2])  # fmt: skip
    if len(found) != 1:
        what = "有几个机构叫" if found else "没有机构"
        raise InputError(f"{what}“{named[:80]}”", where="--agency", advice="请写机构的编号，或完整的名称。")
    return found[0]


def facts_from_records(named: str, year: int, table: Path | None, profile: str | None) -> Made:
    """The figures of a year, from the table that was imported or from a file.

    Raises:
        InputError, InputErrors: no such agency, no table, a table of another unit or year, or one that cannot be filled.
    """
    agency = find_agency(named)
    if table is None:
        found = UnitYear.objects.select_related("agency").filter(agency=agency, year=year).first()
        if found is None:
            raise InputError(
                f"“{agency.name}”{year} 年度还没有指标取数表",
                advice="请在“绩效自评”中导入，或用 --table 指定文件。",
            )
        made = made_of(found)
    else:
        made = _from_file(agency, year, table)
    if profile:
        made = replace(made, facts=FactSet(made.facts.unit, made.facts.year, profile, made.facts))
    return made


def _from_file(agency: Agency, year: int, path: Path) -> Made:
    data = read_bytes(path, limits.FIGURES_BYTES_MAX)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("文件不是 UTF-8 编码", where=path.name, advice="请另存为 UTF-8 编码。") from error
    table = read_table(text, path.name)
    if (table.unit, table.year) != (agency.name, year):
        raise InputError(
            f"指标取数表是“{table.unit}”{table.year} 年度的",
            where=path.name,
            advice="请核对 --agency 和 --year。",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    typed = Typed("指标取数表", timezone.localdate().isoformat(), f"指标取数表 {path.name}，摘要 {digest}")
    return make(table.frame, table.bindings, agencies_below(agency), year, typed)
