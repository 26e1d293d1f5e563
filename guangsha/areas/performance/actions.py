"""Acts on a unit's year: its table, what is entered by hand, the reports made of it, and making one final.

One function per act, one transaction, its audit entry last; the entry holds the digests, so that the hash-linked log proves
what a report said.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from guangsha.areas.performance.access import CLOSERS, WRITERS, agencies_below, may
from guangsha.areas.performance.making import Made, Typed, make
from guangsha.areas.performance.models import (
    CellTrace,
    IndicatorBinding,
    RecordSet,
    ReportVersion,
    UnitYear,
)
from guangsha.areas.performance.table import Binding, facts_of, read_table
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.evaluation import evaluate_facts, render_file
from guangsha.evaluation.verify import verify_package
from guangsha.facts.metrics import Measured, content_digest, record_lines
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.scoring.profile import load_profile

_SHA256 = re.compile(r"[0-9a-f]{64}")
TEXT_MAX = 300


def _need(actor: Actor, agency_id: int, roles: frozenset[str]) -> None:
    if not may(actor, agency_id, roles):
        who = "单位负责人" if roles == CLOSERS else "本单位的会计或负责人"
        raise InputError(f"只有{who}可以办理", advice=f"请由{who}办理。")


def _told(text: str, name: str, *, required: bool = True, longest: int = TEXT_MAX) -> str:
    text = text.strip()
    if required and not text:
        raise InputError(f"{name}没有填写", where=name, advice=f"请填写{name}。")
    if len(text) > longest or not text.isprintable():
        raise InputError(f"{name}最多 {longest} 个字，不含换行", where=name, advice="请缩短。")
    return text


def _locked(key: int) -> UnitYear:
    return UnitYear.objects.select_for_update().select_related("agency").get(pk=key)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- the table ---------------------------------------------------------------------------------------------


def import_table(actor: Actor, agency: Agency, text: str, file: str) -> UnitYear:
    """Take a table for a unit's year; while the year is open, a new table takes the place of the one before.

    Raises:
        InputErrors, InputError: faults of the table; the table of another unit; a year that is closed; not an accountant or head.
        RuleMissing: no such profile, or none for this year.
    """
    _need(actor, agency.pk, WRITERS)
    table = read_table(text, file)
    load_profile(table.profile, table.year)
    if table.unit != agency.name:
        raise InputError(
            f"指标取数表是“{table.unit}”的，本机构是“{agency.name}”",
            where=file,
            advice="请核对机构，或更正表中的单位名称。",
        )
    with transaction.atomic():
        found = UnitYear.objects.select_for_update().filter(agency=agency, year=table.year).first()
        if found is not None and found.state == "closed":
            raise InputError(f"{table.year} 年度已经定稿", where=file, advice="定稿后的更正请出更正版本。")
        year = found or UnitYear(agency=agency, year=table.year, version=0)
        year.unit, year.profile, year.frame = table.unit, table.profile, dict(table.frame)
        year.table_file, year.table_text, year.table_digest = file[-120:], text, _digest(text)
        year.table_by, year.table_at = actor.name[:60], timezone.now()
        year.version += 1
        year.save()
        year.bindings.all().delete()
        IndicatorBinding.objects.bulk_create(
            [_row(year, position, binding) for position, binding in enumerate(table.bindings)]
        )
        record(
            actor, "performance.table.import", year, agency_id=agency.pk,
            after={"year": table.year, "file": year.table_file, "digest": year.table_digest, "bindings": len(table.bindings)},
        )  # fmt: skip
    return year


def _row(year: UnitYear, position: int, binding: Binding) -> IndicatorBinding:
    return IndicatorBinding(
        unit_year=year, position=position, path=binding.path, part=binding.part, template=binding.template,
        metric=binding.metric, parameters=dict(binding.parameters or {}), unit=binding.unit, decimals=binding.decimals,
        trim=binding.trim, value=binding.value, evidence=binding.evidence, evidence_digest=binding.evidence_digest,
        person=binding.person, entered_on=date.fromisoformat(binding.entered_on) if binding.entered_on else None,
    )  # fmt: skip


def bindings_of(year: UnitYear) -> list[Binding]:
    """The bindings as they stand now, in the order of the table."""
    return [
        Binding(
            row.path, row.part, row.template, row.metric, row.parameters, row.unit, row.decimals, row.trim, row.value,
            row.evidence, row.evidence_digest, row.person, row.entered_on.isoformat() if row.entered_on else "",
        )
        for row in year.bindings.order_by("position")
    ]  # fmt: skip


def enter_value(
    actor: Actor, year_id: int, path: str, value: str, evidence: str, evidence_digest: str = ""
) -> IndicatorBinding:
    """Enter a figure by hand, where the table leaves it to a hand, with what proves it.

    Args:
        evidence: a sentence or the number of a paper; evidence_digest: SHA-256 of a file, or empty.

    Raises:
        InputError: no such figure, a figure that a metric fills, no evidence, a value that the form does not take, a closed year.
    """
    with transaction.atomic():
        year = _locked(year_id)
        _need(actor, year.agency_id, WRITERS)
        _need_open(year)
        row = year.bindings.filter(path=path, metric="").first()
        if row is None:
            raise InputError("这一格不是手工填写的", advice="由业务记录取数的，请更正业务记录。")
        value = _told(value, "填写的值")
        evidence = _told(evidence, "依据", required=not evidence_digest)
        if evidence_digest and not _SHA256.fullmatch(evidence_digest):
            raise InputError("佐证文件摘要不是 SHA-256", where="佐证文件", advice="请重新选择文件。")
        facts_of(year.frame, {path: value}, str(year.year))  # refuses what the form does not take
        before = {"value": row.value, "evidence": row.evidence}
        row.value, row.evidence, row.evidence_digest = value, evidence, evidence_digest
        row.person, row.entered_on = actor.name[:60], timezone.localdate()
        row.save()
        record(
            actor, "performance.value.enter", year, agency_id=year.agency_id, before=before,
            after={"path": path, "value": value, "evidence": evidence, "digest": evidence_digest},
        )  # fmt: skip
    return row


def _need_open(year: UnitYear) -> None:
    if year.state != "open":
        raise InputError(f"{year.year} 年度已经定稿", advice="定稿后的更正请出更正版本。")


# --- reports -----------------------------------------------------------------------------------------------


def made_of(year: UnitYear) -> Made:
    """What the records say now; nothing is written.

    Raises:
        InputError, InputErrors: the table can no longer be filled.
    """
    typed = Typed(
        year.table_by,
        timezone.localdate(year.table_at).isoformat(),
        f"指标取数表 {year.table_file}，摘要 {year.table_digest}",
    )
    return make(year.frame, bindings_of(year), agencies_below(year.agency), year.year, typed)


def make_draft(actor: Actor, year_id: int) -> ReportVersion:
    """Make the report from the records as they are now. Nothing has changed since the last one: that one is the answer.

    Raises:
        InputError: not an accountant or head; a closed year; a table that cannot be filled or scored.
    """
    with transaction.atomic():
        year = _locked(year_id)
        _need(actor, year.agency_id, WRITERS)
        _need_open(year)
        made = made_of(year)
        last: ReportVersion | None = year.versions.order_by("-number").first()
        if last is not None and _same(last, made):
            return last
        return _write(actor, year, made, "draft", "")


def close_year(actor: Actor, year_id: int) -> ReportVersion:
    """Make the report final (定稿): this version stands; whatever is corrected later makes another one.

    Raises:
        InputError: not the head; closed already; a figure that nothing fills.
        PackageDiffers: the report would not print what was computed.
    """
    with transaction.atomic():
        year = _locked(year_id)
        _need(actor, year.agency_id, CLOSERS)
        _need_open(year)
        made = made_of(year)
        if made.gaps:
            raise InputError(
                f"还有 {len(made.gaps)} 格没有数",
                where=made.gaps[0],
                advice="请补齐记录或手工填写的数后再定稿。",
            )
        evaluation = evaluate_facts(made.facts)
        # what stands for ever can be printed, and prints what was computed
        printed = {"report.docx": render_file(evaluation, "report.docx")}
        verify_package(printed, evaluation.facts, evaluation.scores)
        year.state, year.closed_at = "closed", timezone.now()
        year.version += 1
        year.save(update_fields=["state", "closed_at", "version"])
        return _write(actor, year, made, "closing", "")


def correct(actor: Actor, year_id: int, reason: str) -> ReportVersion:
    """After the year was closed: the next version, from the records as they were corrected since. The ones before stay.

    Raises:
        InputError: not an accountant or head; a year that is open; no reason; the records say what they said.
    """
    reason = _told(reason, "更正说明")
    with transaction.atomic():
        year = _locked(year_id)
        _need(actor, year.agency_id, WRITERS)
        if year.state != "closed":
            raise InputError("本年度还没有定稿", advice="定稿以前请直接重新取数。")
        made = made_of(year)
        last = year.versions.order_by("-number").first()
        if last is not None and _same(last, made):
            raise InputError("业务记录与上一版没有不同", advice="请先更正业务记录，再出更正版本。")
        return _write(actor, year, made, "correction", reason)


def _same(last: ReportVersion, made: Made) -> bool:
    if last.figures_digest != _digest(made.figures):
        return False
    before = {
        (path, part): digest
        for path, part, digest in last.traces.values_list("path", "part", "records__digest")
    }
    now = {
        (cell.path, part): content_digest(record_lines(found.records))
        for cell in made.cells.values()
        for part, found in cell.measured.items()
    }
    return before == now


def _write(actor: Actor, year: UnitYear, made: Made, kind: str, reason: str) -> ReportVersion:
    evaluation = evaluate_facts(made.facts)
    facts, scores = (_json(part) for part in (evaluation.facts.as_json(), evaluation.scores.as_json()))
    last = year.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ReportVersion(
        unit_year=year, number=last + 1, kind=kind, reason=reason, figures=made.figures, facts=facts, scores=scores,
        figures_digest=_digest(made.figures), facts_digest=_digest(facts), gaps=list(made.gaps), as_of=made.as_of,
        made_by=actor.account_id, made_by_name=actor.name[:60], made_at=timezone.now(),
    )  # fmt: skip
    version.save()
    _write_traces(version, made)
    record(
        actor, f"performance.version.{kind}", version, reason=reason, agency_id=year.agency_id,
        after={"number": version.number, "figures": version.figures_digest, "facts": version.facts_digest, "gaps": len(made.gaps)},
    )  # fmt: skip
    return version


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _write_traces(version: ReportVersion, made: Made) -> None:
    traces: list[tuple[str, str, Measured]] = [
        (cell.path, part, found) for cell in made.cells.values() for part, found in cell.measured.items()
    ]
    kept: dict[str, tuple[int, bytes]] = {}
    digests: list[str] = []
    sets: dict[tuple[Any, ...], str] = {}
    for _, _, found in traces:
        if found.records not in sets:
            lines = record_lines(found.records)
            sets[found.records] = content_digest(lines)
            kept[sets[found.records]] = (len(found.records), lines)
        digests.append(sets[found.records])
    known = set(RecordSet.objects.filter(digest__in=kept).values_list("digest", flat=True))
    RecordSet.objects.bulk_create(
        [
            RecordSet(digest=digest, count=count, lines=zlib.compress(lines))
            for digest, (count, lines) in sorted(kept.items())
            if digest not in known
        ],
        ignore_conflicts=True,  # another unit may have kept the same set a moment ago
    )
    ids = dict(RecordSet.objects.filter(digest__in=kept).values_list("digest", "pk"))
    CellTrace.objects.bulk_create(
        [
            CellTrace(
                version=version, position=position, path=path, part=part, fact=made.keys.get(path, ""),
                text=made.cells[path].text, exact="" if found.value is None else str(found.value), metric=found.metric.id,
                metric_version=found.metric.version, definition=found.metric.definition, parameters=found.told,
                unit=found.metric.unit, ids_digest=found.digest, records_id=ids[digest],
            )
            for position, ((path, part, found), digest) in enumerate(zip(traces, digests, strict=True))
        ]
    )  # fmt: skip
