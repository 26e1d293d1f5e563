"""The log of the demo, written in bulk: the same chains, digests and heads as ``audit.actions.record`` makes one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, JSONField
from django.utils import timezone

from guangsha.audit.actions import COVERED, GENESIS, plain, sm3
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act, Chain

BATCH = 4000


@dataclass(slots=True)
class Entry:
    """One act. ``obj`` is saved by the time the log is written; ``agency_id`` 0 is the chain of the system."""

    at: datetime
    actor: Actor
    action: str
    obj: Any
    agency_id: int
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def write_log(entries: Iterable[Entry]) -> int:
    """Write the acts in the order of their time into empty chains; how many.

    Raises:
        RuntimeError: a chain has acts already: the demo is only built on an empty log.
    """
    if Act.objects.exists():
        raise RuntimeError("the log is not empty")
    heads: dict[str, tuple[int, str]] = {}
    rows: list[tuple[Any, ...]] = []
    count = 0
    for row in _digested(sorted(entries, key=lambda entry: entry.at), heads):
        rows.append(row)
        count += 1
        if len(rows) == BATCH:
            _insert(rows)
            rows = []
    _insert(rows)
    Chain.objects.bulk_create(
        [Chain(name=name, length=length, head=head) for name, (length, head) in heads.items()]
    )
    return count


def _digested(entries: Iterable[Entry], heads: dict[str, tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
    utc = timezone.get_fixed_timezone(0)
    for entry in entries:
        chain = f"agency:{entry.agency_id}" if entry.agency_id else "system"
        length, head = heads.get(chain, (0, GENESIS))
        columns = {
            "chain": chain, "number": length + 1, "at": entry.at, "action": entry.action,
            "object_type": entry.obj._meta.label_lower, "object_id": str(entry.obj.pk), "agency_id": entry.agency_id,
            "actor_kind": entry.actor.kind, "actor_id": entry.actor.account_id, "actor_name": entry.actor.name[:60],
            "actor_roles": ",".join(sorted(entry.actor.roles))[:400], "on_behalf_of": 0, "reason": entry.reason[:500],
            "before": plain(entry.before), "after": plain(entry.after), "request_id": "", "previous": head,
        }  # fmt: skip
        body = {**columns, "at": entry.at.astimezone(utc).isoformat(timespec="microseconds")}
        digest = sm3(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
        heads[chain] = (length + 1, digest)
        yield (*(columns[name] for name in COVERED), digest)


def _insert(rows: list[tuple[Any, ...]]) -> None:
    """Django's ``bulk_create`` spends most of its time on the fields of a model; these rows are plain already."""
    if not rows:
        return
    fields: list[Any] = [Act._meta.get_field(name) for name in (*COVERED, "digest")]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    places = [place for place, field in enumerate(fields) if isinstance(field, DateTimeField | JSONField)]
    prepared = []
    for row in rows:
        values = list(row)
        for place in places:
            values[place] = fields[place].get_db_prep_save(values[place], connection)
        prepared.append(values)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(Act._meta.db_table)} ({names}) VALUES ({marks})", prepared)
