"""Rotate keys, seal old values anew, compute blind indexes anew; every sealed column is found by looking at the models.

A rotation needs none of this: old values open with the key that sealed them. ``reseal`` retires an old key; it changes a
value only when nobody changed it meanwhile, and can be broken off and started again. ``reindex`` after a new index key
must run while the site is stopped, because a search looks for new indexes only; it can be started again as well.
"""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import ExpressionWrapper, F, Value
from django.utils import timezone

from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.privacy import files
from guangsha.privacy.fields import BlindIndexField, Passed, SealedTextField, index_of
from guangsha.privacy.keys import KeyRing, current_ring, forget_ring, write_ring
from guangsha.privacy.models import KeyChange
from guangsha.privacy.sealing import key_name, seal, unseal
from guangsha.privacy.witness import clock, witness

#: Rows of one transaction.
BATCH = 500
Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Work:
    """What was done: values looked at, values changed, sentences about those that could not be."""

    seen: int = 0
    changed: int = 0
    faults: list[str] = field(default_factory=list)


def sealed_columns() -> list[SealedTextField]:
    """Every sealed column of every installed model."""
    return [
        column
        for model in apps.get_models()
        if not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if isinstance(column, SealedTextField)
    ]


def index_columns() -> list[BlindIndexField]:
    """Every blind index of every installed model."""
    return [
        column
        for model in apps.get_models()
        if not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if isinstance(column, BlindIndexField)
    ]


def copied_indexes() -> list[models.CharField[Any, Any]]:
    """Columns that keep an index without the value behind it (``Reveal.subject_index``): named ``…_index``, 64 long."""
    return [
        column
        for model in apps.get_models()
        if not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if type(column) is models.CharField and column.name.endswith("_index") and column.max_length == 64
    ]


def _tokens(column: SealedTextField) -> Iterator[list[tuple[Any, str]]]:
    """(primary key, what is stored) page by page, without opening anything."""
    rows = (
        column.model._base_manager.order_by("pk")
        .annotate(kept=ExpressionWrapper(F(column.attname), output_field=models.TextField()))
        .exclude(kept="")
        .exclude(kept=None)
    )
    after: Any = None
    while page := list(
        (rows.filter(pk__gt=after) if after is not None else rows).values_list("pk", "kept")[:BATCH]
    ):
        yield page
        after = page[-1][0]


def count_by_key() -> dict[str, Counter[str]]:
    """For every sealed column (and ``files``): how many values each key sealed; "" stands for what is not sealed."""
    counts: dict[str, Counter[str]] = {}
    for column in sealed_columns():
        found: Counter[str] = Counter()
        for page in _tokens(column):
            found.update(key_name(token) for _, token in page)
        counts[column._context()] = found
    counts["files"] = Counter(files.key_of(stored) for stored in files.stored_files())
    return counts


def see_to_ring() -> None:
    """Before the house opens: the key ring can be read, or there is nothing yet that one was needed for.

    Raises:
        InputError: the ring is damaged, or it is missing beside data that one has sealed. A new one made beside old data would
            open none of it, and find nobody by their number.
    """
    path = Path(settings.GUANGSHA_KEYS)
    if not path.exists() and any(True for column in sealed_columns() for _ in _tokens(column)):
        raise InputError(
            "数据库里有加密的数据，但是没有密钥文件",
            where=str(path),
            advice="请从备份恢复密钥文件（或用 GUANGSHA_KEYS 指明它在哪里）后再启动。",
        )
    current_ring()


def rotate(suite: str, *, index: bool = False) -> KeyRing:
    """Add a key that seals from now on; with ``index`` it makes the blind indexes too (then :func:`reindex` must run)."""
    current_ring()
    path = Path(settings.GUANGSHA_KEYS)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        forget_ring()
        ring = current_ring().with_new_key(suite, index=index)
        # first the log, then the file: a key that nobody wrote down must not exist
        _write_down("rotate_index" if index else "rotate", ring, 0)
        write_ring(ring, path)
    forget_ring()
    return current_ring()


def reseal(progress: Progress | None = None) -> Work:
    """Seal every value and file that an older key sealed under the active one."""
    work, ring = Work(), current_ring()
    for column in sealed_columns():
        for page in _tokens(column):
            with transaction.atomic():
                for pk, token in page:
                    if key_name(token) != ring.active.name:
                        _reseal_one(column, pk, token, ring, work)
            work.seen += len(page)
            if progress:
                progress(column._context(), work.seen)
    for stored in files.stored_files():
        work.seen += 1
        try:
            work.changed += files.reseal(stored)
        except (GuangshaError, OSError) as error:
            work.faults.append(f"文件 {stored}：{error}")
    _write_down("reseal", ring, work.changed)
    return work


def _reseal_one(column: SealedTextField, pk: Any, token: str, ring: KeyRing, work: Work) -> None:
    context = column._context()
    try:
        plain = unseal(token, context=context, ring=ring)
    except GuangshaError as error:
        work.faults.append(f"{context} 编号 {pk}：{error.message}")
        return
    anew = seal(plain, context=context, ring=ring)
    rows = column.model._base_manager.annotate(
        kept=ExpressionWrapper(F(column.attname), output_field=models.TextField())
    ).filter(pk=pk, kept=token)
    work.changed += rows.update(**{column.attname: Passed(Value(anew, output_field=models.TextField()))})


def reindex(progress: Progress | None = None) -> Work:
    """Compute every blind index under the index key, and carry the copies of changed ones along."""
    work, ring, copies = Work(), current_ring(), copied_indexes()
    for column in index_columns():
        rows = column.model._base_manager.order_by("pk").values_list("pk", column.attname, column.of)
        after: Any = None
        while True:
            try:
                page: Sequence[tuple[Any, str, str | None]] = list(
                    (rows.filter(pk__gt=after) if after is not None else rows)[:BATCH]
                )
            except GuangshaError as error:  # a value that does not open: the page one by one
                page = _readable(column, after, error, work)
                if not page:
                    break
            if not page:
                break
            with transaction.atomic():
                _reindex_page(column, page, ring, copies, work)
            after = page[-1][0]
            work.seen += len(page)
            if progress:
                progress(f"{column.model._meta.label_lower}.{column.attname}", work.seen)
    _write_down("reindex", ring, work.changed)
    return work


def _readable(
    column: BlindIndexField, after: Any, first: GuangshaError, work: Work
) -> list[tuple[Any, str, str | None]]:
    """The rows of a page whose value opens; one that does not keeps its index and is told."""
    keys = column.model._base_manager.order_by("pk").values_list("pk", column.attname)
    page: list[tuple[Any, str, str | None]] = []
    for pk, kept in list((keys.filter(pk__gt=after) if after is not None else keys)[:BATCH]):
        try:
            (plain,) = column.model._base_manager.filter(pk=pk).values_list(column.of, flat=True)
            page.append((pk, kept, plain))
        except GuangshaError:
            work.faults.append(f"{column.model._meta.label_lower} 编号 {pk}：{first.message}")
            page.append((pk, kept, None))
    return page


def _reindex_page(
    column: BlindIndexField,
    page: Sequence[tuple[Any, str, str | None]],
    ring: KeyRing,
    copies: list[models.CharField[Any, Any]],
    work: Work,
) -> None:
    moved: dict[str, str] = {}
    for pk, kept, plain in page:
        anew = kept if plain is None else index_of(column.kind, plain, ring)
        if anew == kept:
            continue
        try:
            with transaction.atomic():
                rows = column.model._base_manager.filter(pk=pk, **{column.attname: kept})
                work.changed += rows.update(**{column.attname: Passed(anew)})
        except IntegrityError:
            work.faults.append(
                f"{column.model._meta.label_lower} 编号 {pk}：与另一条记录的索引重复，请先合并"
            )
            continue
        if kept:
            moved[kept] = anew
    for copy in copies if moved else ():
        found = copy.model._base_manager.filter(**{f"{copy.attname}__in": list(moved)})
        for pk, kept in list(found.values_list("pk", copy.attname)):
            copy.model._base_manager.filter(pk=pk).update(**{copy.attname: moved[kept]})
            work.changed += 1


def _write_down(kind: str, ring: KeyRing, count: int) -> None:
    with transaction.atomic():
        change = KeyChange.objects.create(
            at=timezone.now(), kind=kind, key=ring.active.name, suite=ring.active.suite, count=count
        )
        after = {"key": change.key, "suite": change.suite, "index": ring.indexing.name, "count": count}
        witness()(clock(), f"privacy.keys.{kind}", change, after=after)
