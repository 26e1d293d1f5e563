"""What must hold of a district after its processes were killed: each finding is one sentence, none is what is hoped for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Decision, Draft, Edge, Hook, Material, Notice, Opinion
from guangsha.areas.intake.models import Counter as Series
from guangsha.areas.stock.models_use import Viewing
from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.verification import gateway
from guangsha.areas.verification.models import Verification
from guangsha.audit.models import Act
from guangsha.audit.verify import verify_chains
from guangsha.notify import actions as outbox
from guangsha.notify import worker
from guangsha.notify.models import Message, ScheduleRun
from guangsha.privacy import files
from guangsha.testing.killing.people import Told

#: Moves that follow from an act in its own transaction: the act stands in the log for them (that on the notice, for its cases).
FOLLOWING = frozenset({"begin", "end_notice"})


def settle() -> None:
    """What a killed worker held comes free when its claim is over: the bound is kept to the second."""
    second = timedelta(seconds=1)
    worker.take_up_again(timezone.now() + worker.LOST_AFTER + second)
    for _ in range(3):
        worker.run_once()
        now = timezone.now()
        gateway.run_due(now + gateway.CLAIM + second)
        while outbox.send_due(now + outbox.CLAIM + second):
            pass


def findings(told: Told) -> Iterator[str]:
    """Everything that does not hold."""
    yield from told.wrong
    yield from _submissions(told)
    yield from _acts(told)
    yield from _cases()
    yield from _series()
    yield from _messages()
    yield from _tasks()
    yield from _files()
    log = verify_chains()
    yield from (f"log {fault.chain}: {fault.text}" for fault in log.faults)


def _submissions(told: Told) -> Iterator[str]:
    numbers = {(sent.key, sent.number) for sent in told.sent}
    if len({key for key, _ in numbers}) != len(numbers):
        yield "one submission was answered with two numbers"
    for key, number in sorted(numbers):
        found = list(Case.objects.filter(key=key).values_list("number", flat=True))
        if found != [number]:
            yield f"submission answered with {number} is {found}"
    keys = [sent.key for sent in told.sent]
    if left := Draft.objects.filter(key__in=keys).count():
        yield f"{left} drafts are left of submissions that were accepted"


def _acts(told: Told) -> Iterator[str]:
    once = Counter((done.number, done.act, done.version) for done in told.done)
    for (number, act, version), times in once.items():
        if times != 1:
            yield f"{act} on version {version} of {number} succeeded {times} times"
    for number in {done.number for done in told.done}:
        told_of = Counter(done.act for done in told.done if done.number == number)
        written = Counter(Edge.objects.filter(case__number=number).values_list("act", flat=True))
        for act, times in told_of.items():
            if written[act] < times:
                yield f"{act} on {number} was answered {times} times and is written {written[act]} times"


def _cases() -> Iterator[str]:
    logged: dict[str, Counter[str]] = {}
    rows = Act.objects.filter(object_type="intake.case", action__startswith="intake.case.")
    for pk, action in rows.values_list("object_id", "action"):
        logged.setdefault(pk, Counter())[action.removeprefix("intake.case.")] += 1
    for case in Case.objects.order_by("pk"):
        edges = list(case.edges.order_by("number"))
        acts = Counter(edge.act for edge in edges)
        if [edge.number for edge in edges] != list(range(1, len(edges) + 1)):
            yield f"{case}: edges {[edge.number for edge in edges]}"
        if any(one.after != two.before for one, two in pairwise(edges)):
            yield f"{case}: its edges are no chain"
        if not edges or (edges[-1].after, acts["submit"]) != (case.state, 1):
            yield f"{case}: state {case.state}, edges end in {edges[-1].after if edges else ''}"
        own = Counter({act: times for act, times in acts.items() if act not in FOLLOWING})
        if logged.get(str(case.pk)) != own:
            yield f"{case}: edges {dict(own)}, in the log {dict(logged.get(str(case.pk), {}))}"
        given = Opinion.objects.filter(case=case).count()
        if given != acts["give_opinion"]:
            yield f"{case}: {given} opinions, {acts['give_opinion']} acts"
        letters = Decision.objects.filter(case=case).count()
        if letters != acts["decide"]:
            yield f"{case}: {letters} decisions, {acts['decide']} acts"
        hooks = Hook.objects.filter(case=case).count()
        served = Decision.objects.filter(case=case).exclude(served_at=None).count()
        if served != acts["serve"]:
            yield f"{case}: {served} served, {acts['serve']} acts"
        # everything here is approved, and an approval is handed on when it has reached the person
        if hooks != (1 if served and service(case.service).effect else 0):
            yield f"{case}: {served} served, handed on {hooks} times"
    for row in Verification.objects.values("case_number", "person_id", "source", "material").annotate(
        n=Count("id")
    ):
        if row["n"] != 1:
            yield f"{row['case_number']}: {row['source']} asked {row['n']} times for {row['material']}"


def _series() -> Iterator[str]:
    """Numbers have no gap and no double."""
    given: dict[str, list[int]] = {}
    for number in Case.objects.values_list("number", flat=True):
        given.setdefault(f"case:{number[:16]}", []).append(int(number[16:22]))
    for number in Decision.objects.values_list("number", flat=True):
        printed, _, rest = number.rpartition("〕")
        given.setdefault(f"document:{printed}〕", []).append(int(rest.removesuffix("号")))
    for number in Notice.objects.values_list("number", flat=True):
        region, year, rest = number.rsplit("-", 2)
        given.setdefault(f"notice:{region}:{year}", []).append(int(rest))
    # what decided cases become: the area, and its numbers, whose last five digits count
    for area, model in (
        ("fieldwork", RepairOrder),
        ("allocation", WaitlistEntry),
        ("subsidy", Agreement),
        ("stock", Viewing),
    ):
        for number in model._default_manager.values_list("number", flat=True):
            given.setdefault(f"{area}:{number[:-5]}", []).append(int(number[-5:]))
    for name, value in Series._default_manager.values_list("name", "value"):
        if sorted(given.get(name, [])) != list(range(1, value + 1)):
            yield f"series {name} stands at {value}: {sorted(given.get(name, []))}"


def _messages() -> Iterator[str]:
    waiting = Message.objects.filter(state="waiting").values_list("key", "fault")
    yield from (f"message {key} is not sent {fault}" for key, fault in waiting)
    log = settings.GUANGSHA_DATA / "sms.log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    out = Counter(line.rpartition("\t")[2] for line in lines)
    yield from (f"text {key} went out {times} times" for key, times in out.items() if times != 1)
    due = set(Message.objects.filter(channel="sms", state="sent").values_list("key", flat=True))
    if due != set(out):
        yield f"{len(due - set(out))} texts are sent and not out, {len(set(out) - due)} out and not sent"
    for number in Case.objects.values_list("number", flat=True):
        keys = list(
            Message.objects.filter(about=number, key__startswith=f"{number}:submitted:").values_list(
                "channel", flat=True
            )
        )
        if sorted(keys) != ["inbox", "sms"]:
            yield f"{number}: told of its submission by {keys}"


def _tasks() -> Iterator[str]:
    stuck = DBTaskResult.objects.exclude(status="SUCCESSFUL")
    yield from (f"task {task.args_kwargs} is {task.status}: {task.traceback[-300:]}" for task in stuck)
    left = ScheduleRun.objects.filter(finished_at=None) | ScheduleRun.objects.filter(failed=True)
    yield from (f"run {run.job} {run.due_at} has not ended well: {run.outcome}" for run in left)
    stale = Verification.objects.filter(outcome="", next_try_at=None)
    yield from (f"question {row.number} is never asked" for row in stale)
    for state in ("accepted", "verifying"):
        for case in Case.objects.filter(state=state):
            if not gateway.pending(case.number):
                yield f"{case} waits in {state} for nothing"


def _files() -> Iterator[str]:
    named = set(Material.objects.exclude(stored="").values_list("stored", flat=True))
    there = set(files.stored_files())
    if named - there:
        yield f"{len(named - there)} files are gone"
    for stored in named & there:
        if not re.match(rb"%PDF", files.load(stored, context="intake.material")):
            yield f"file {stored} is damaged"
