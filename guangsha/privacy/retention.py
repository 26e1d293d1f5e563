"""What is removed when its time is over: one registry, each rule with its source.

Other rooms add rules in a module ``retention.py`` of their own (found when the rules are first asked for)::

    keep(Rule("verification.payload", "核验返回内容", years=2, source="…", find=lambda cutoff: …, empty=("payload",)))
    held_by("intake.material", named_in(Material, "stored"))    # whose sealed files are whose; what nobody names is swept

A rule either deletes rows or empties columns of rows that must stay (a case keeps its number and its decision; what the
person wrote goes). The log itself, registers and vouchers have no rule here: archive law keeps them (operations.md §6.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from guangsha.privacy import files
from guangsha.privacy.models import Removal, Reveal
from guangsha.privacy.witness import clock, witness

#: Rows of one transaction.
BATCH = 500
#: A file without a row is left behind after this; before, its upload may be under way.
LEFT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something is kept.

    Attributes:
        code: dotted id; kept in ``Removal``.
        title: what it is, in Chinese.
        years, months: the time after which it goes, counted in the calendar.
        source: where the time comes from.
        find: rows whose time began before the cutoff.
        empty: columns to empty; none: the rows are deleted.
        files: columns naming sealed files; the files go with the row.
    """

    code: str
    title: str
    source: str
    find: Callable[[datetime], models.QuerySet[Any]]
    years: int = 0
    months: int = 0
    empty: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def cutoff(self, now: datetime) -> datetime:
        """What began before this moment has had its time (Beijing calendar; 29 February counts as the 28th)."""
        local = timezone.localtime(now)
        months = local.year * 12 + local.month - 1 - self.years * 12 - self.months
        year, month = divmod(months, 12)
        for day in range(local.day, local.day - 4, -1):
            try:
                return local.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
        raise AssertionError("every month has 28 days")

    @property
    def period(self) -> str:
        """The time in Chinese."""
        return (f"{self.years}年" if self.years else "") + (f"{self.months}个月" if self.months else "")


@dataclass(frozen=True, slots=True)
class Due:
    """What one rule removed, or would remove."""

    rule: Rule
    cutoff: datetime
    count: int


RULES: dict[str, Rule] = {}


def keep(rule: Rule) -> Rule:
    """Add a rule. Two of one code, or one without a time, is a mistake of ours."""
    if rule.code in RULES or not (rule.years or rule.months):
        raise ValueError(f"retention rule {rule.code}: a code is used once and has a time")
    RULES[rule.code] = rule
    return rule


def rules() -> dict[str, Rule]:
    """Every rule of every installed room."""
    autodiscover_modules("retention")
    return RULES


def run_retention(now: datetime, *, dry_run: bool = False) -> list[Due]:
    """Remove everything whose time is over; with ``dry_run`` only count it.

    Each batch is one transaction with its line in ``Removal`` and its act in the log: breaking off loses nothing.
    """
    done: list[Due] = []
    for rule in list(rules().values()):
        cutoff = rule.cutoff(now)
        if dry_run:
            done.append(Due(rule, cutoff, _due(rule, cutoff).count()))
            continue
        total = 0
        while count := _remove_some(rule, cutoff, now):
            total += count
        done.append(Due(rule, cutoff, total))
    return done


def retention_job(now: datetime) -> str:
    """The nightly job. Says what it did."""
    told = [f"{due.rule.title} {due.count} 条" for due in run_retention(now) if due.count]
    if swept := sweep_files(now):
        told.append(f"没有记录的文件 {swept} 个")
    return "；".join(told) or "没有到期数据"


def sweep_files(now: datetime) -> int:
    """Remove the files that a process left behind when it was killed before it could write down whose they are."""
    rules()  # the rooms say there whose files are whose
    cutoff = now - LEFT_AFTER
    with transaction.atomic():
        gone = files.sweep(cutoff)
        if gone:
            removal = Removal.objects.create(at=now, rule="privacy.files", cutoff=cutoff, count=gone)
            witness()(
                clock(), "privacy.files.sweep", removal, reason="文件没有任何记录引用", after={"files": gone}
            )
    return gone


def named_in(model: type[models.Model], column: str) -> files.Holder:
    """The files that ``column`` of ``model`` names."""

    def held(names: Collection[str]) -> set[str]:
        found = model._base_manager.filter(**{f"{column}__in": list(names)})
        return set(found.values_list(column, flat=True))

    return held


def _due(rule: Rule, cutoff: datetime) -> models.QuerySet[Any]:
    found = rule.find(cutoff)
    if not rule.empty and not rule.files:
        return found
    if not rule.empty:
        return found  # deleted together with their files
    left = Q()
    for number, column in enumerate((*rule.empty, *rule.files)):
        kept = ExpressionWrapper(F(column), output_field=models.TextField())
        found = found.annotate(**{f"kept_{number}": kept})
        left |= ~Q(**{f"kept_{number}": ""}) & Q(**{f"kept_{number}__isnull": False})
    return found.filter(left)


def _remove_some(rule: Rule, cutoff: datetime, now: datetime) -> int:
    with transaction.atomic():
        rows = list(_due(rule, cutoff).order_by("pk")[:BATCH])
        if not rows:
            return 0
        stored = [name for row in rows for column in rule.files if (name := getattr(row, column))]
        if rule.empty:
            _empty(rule, rows)
        else:
            type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows]).delete()
        removal = Removal.objects.create(at=now, rule=rule.code, cutoff=cutoff, count=len(rows))
        witness()(
            clock(),
            "privacy.retention.remove",
            removal,
            reason=f"{rule.title}保存{rule.period}到期（{rule.source}）",
            after={"rule": rule.code, "cutoff": cutoff, "count": len(rows), "files": len(stored)},
        )
        transaction.on_commit(lambda: _remove_files(stored))
    return len(rows)


def _empty(rule: Rule, rows: list[Any]) -> None:
    model = type(rows[0])
    columns = [model._meta.get_field(name) for name in (*rule.empty, *rule.files)]
    indexes = {
        column.of: column.name
        for column in model._meta.concrete_fields
        if hasattr(column, "of") and hasattr(column, "kind")
    }
    for row in rows:
        for column in columns:
            setattr(row, column.name, column.get_default() if column.has_default() else "")
        row.save(update_fields=[name for c in columns for name in (c.name, indexes.get(c.name, "")) if name])


def _remove_files(stored: list[str]) -> None:
    for name in stored:
        files.remove(name)


keep(
    Rule(
        "privacy.reveal",
        "敏感信息查看记录",
        source="网络数据安全管理条例第12条：记录至少保存三年",
        years=3,
        find=lambda cutoff: Reveal.objects.filter(at__lt=cutoff),
    )
)
