"""What is removed when its time is over: one registry, each rule with its source.

Other rooms add rules in a module ``retention.py`` of their own (found when the rules are first asked for)::

    keep(Rule("verification.payload", "核验返回内容", years=2, source="…", find=lambda cutoff: …, empty=("payload",)))
    held_by("intake.material", named_in(Material, "stored"))    # whose sealed files are whose; what nobody names is swept

A rule either deletes rows or empties columns of rows that must stay (a case keeps its number and its decision; what the
person wrote goes). Where each place sets the time itself, the rule names a dated parameter (``parameters/<region>/``) instead
of years; where a place has not set it, nothing goes there and the job says so. The log itself, registers and vouchers have no
rule here: archive law keeps them (operations.md §6.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import models, transaction
from django.db.models import ExpressionWrapper, F, Q
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.parameter_files import book_of
from guangsha.privacy import files
from guangsha.privacy.models import Removal, Reveal
from guangsha.privacy.witness import clock, witness

#: Rows of one transaction.
BATCH = 500
#: A file without a row is left behind after this; before, its upload may be under way.
LEFT_AFTER = timedelta(days=1)


def _words(time: int) -> str:
    years, months = divmod(time, 12)
    return (f"{years}年" if years else "") + (f"{months}个月" if months else "")


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
        parameter: key of the dated parameter that says the time, place by place; instead of ``years`` and ``months``.
        place: with it, the way from a row to the region code of its agency (``order__agency__region_code``).
    """

    code: str
    title: str
    source: str
    find: Callable[[datetime], models.QuerySet[Any]]
    years: int = 0
    months: int = 0
    empty: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    parameter: str = ""
    place: str = ""

    def cutoff(self, now: datetime, time: int = 0) -> datetime:
        """What began before this moment has had its time (Beijing calendar; 29 February counts as the 28th).

        Args:
            time: months of one place, where the rule follows a parameter.
        """
        local = timezone.localtime(now)
        months = local.year * 12 + local.month - 1 - (time or self.years * 12 + self.months)
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
        if self.parameter:
            return f"{CATALOGUE[self.parameter].title}（各地参数）"
        return _words(self.years * 12 + self.months)


@dataclass(frozen=True, slots=True)
class Span:
    """A rule in one place (``region``; empty: everywhere), with its time there in words and where it comes from."""

    rule: Rule
    cutoff: datetime
    period: str
    source: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """What one rule removed, or would remove; ``unset``: places that have not set its time, where nothing goes."""

    rule: Rule
    count: int
    unset: tuple[str, ...] = ()


RULES: dict[str, Rule] = {}


def keep(rule: Rule) -> Rule:
    """Add a rule. Two of one code, or one without a time, is a mistake of ours."""
    timed = rule.place if rule.parameter else rule.years or rule.months
    if rule.code in RULES or not timed:
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
        total = 0
        spans, unset = _spans(rule, now)
        for span in spans:
            if dry_run:
                total += _due(span).count()
                continue
            while count := _remove_some(span, now):
                total += count
        done.append(Due(rule, total, unset))
    return done


def _spans(rule: Rule, now: datetime) -> tuple[list[Span], tuple[str, ...]]:
    """The rule in every place that has something to which it applies, and the places that have not set its time."""
    if not rule.parameter:
        return [Span(rule, rule.cutoff(now), rule.period, rule.source)], ()
    found, unset = [], []
    codes = rule.find(now).order_by().values_list(rule.place, flat=True).distinct()
    for region in sorted({str(code)[:6] for code in codes}):
        value = book_of().find(rule.parameter, region, timezone.localdate(now))
        amount = value.at(None) if value is not None else None
        # none, or less than a month: nothing goes that nobody said should go. The book keeps years in months
        if value is None or not isinstance(amount, Fraction) or amount < 1:
            unset.append(region)
            continue
        source = f"{value.citation.document}{value.citation.article}"
        found.append(Span(rule, rule.cutoff(now, int(amount)), _words(int(amount)), source, region))
    return found, tuple(unset)


def retention_job(now: datetime) -> str:
    """The nightly job. Says what it did."""
    done = run_retention(now)
    told = [f"{due.rule.title} {due.count} 条" for due in done if due.count]
    told += [f"{due.rule.title}的保存年数 {'、'.join(due.unset)} 没有设定" for due in done if due.unset]
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


def _due(span: Span) -> models.QuerySet[Any]:
    rule = span.rule
    found = rule.find(span.cutoff)
    if span.region:
        found = found.filter(**{f"{rule.place}__startswith": span.region})
    if not rule.empty:
        return found  # deleted, together with their files
    left = Q()
    for number, column in enumerate((*rule.empty, *rule.files)):
        kept = ExpressionWrapper(F(column), output_field=models.TextField())
        found = found.annotate(**{f"kept_{number}": kept})
        left |= ~Q(**{f"kept_{number}": ""}) & Q(**{f"kept_{number}__isnull": False})
    return found.filter(left)


def _remove_some(span: Span, now: datetime) -> int:
    rule = span.rule
    with transaction.atomic():
        rows = list(_due(span).order_by("pk")[:BATCH])
        if not rows:
            return 0
        stored = [name for row in rows for column in rule.files if (name := getattr(row, column))]
        if rule.empty:
            _empty(rule, rows)
        else:
            type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows]).delete()
        removal = Removal.objects.create(at=now, rule=rule.code, cutoff=span.cutoff, count=len(rows))
        witness()(
            clock(),
            "privacy.retention.remove",
            removal,
            reason=f"{rule.title}保存{span.period}到期（{span.source}）",
            after={"rule": rule.code, "cutoff": span.cutoff, "count": len(rows), "files": len(stored)},
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
