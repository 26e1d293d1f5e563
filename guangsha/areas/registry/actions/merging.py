"""Two records become one person, and two again: asked by one member of staff, approved by another.

What is moved is every row of every room that points at the dropped person: the foreign keys are asked from the models, so a
room that is built later is moved too. The ids of the moved rows stay in ``MergeRequest.moved``; a split gives exactly those
back. What was written about the kept person in between stays with the kept person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from guangsha.areas.registry.actions.files import FileMoved
from guangsha.areas.registry.models import Declaration, DuplicatePair, Membership, MergeRequest, Person
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Account
from guangsha.people.recusal import must_recuse

#: Rows about the two records as records: they stay as they are.
_ABOUT_RECORDS = (DuplicatePair, MergeRequest)
#: Ids in one statement.
_PORTION = 500


def _said(reason: str) -> str:
    text = " ".join(reason.split())
    if not 4 <= len(text) <= 300:
        raise InputError("请写明理由，4 至 300 字", where="理由", advice="例如：核对户口簿，系同一人。")
    return text


def _two(one: int, other: int) -> tuple[Person, Person]:
    """Both persons, locked in the order of their ids so that two merges never wait for each other."""
    found = {
        person.pk: person
        for person in Person.objects.select_for_update().filter(pk__in=[one, other]).order_by("pk")
    }
    return found[one], found[other]


def _not_a_relative(actor: Actor, *persons: Person) -> None:
    for person in persons:
        if must_recuse(actor.account_id, person.identity_index):
            raise InputError(
                "您与其中一人有亲属关系或就是本人，应当回避", where="人员合并", advice="请由其他同事办理。"
            )


def _reach(actor: Actor, *persons: Person) -> None:
    """At least one of the two lives in a file of the actor's agencies."""
    if not Membership.objects.filter(
        person__in=persons, household__agency_id__in=actor.scope
    ).exists() and not any(person.cases.filter(agency_id__in=actor.scope).exists() for person in persons):
        raise InputError("两人都不在您的管理范围内", where="人员合并", advice="请由所在区县办理。")


def _pair_state(one: Person, other: Person, state: str, actor: Actor) -> None:
    low, high = sorted((one.pk, other.pk))
    decided = state != "open"
    DuplicatePair.objects.filter(left_id=low, right_id=high).update(
        state=state,
        decided_by=actor.account_id if decided else None,
        decided_at=timezone.now() if decided else None,
    )


@transaction.atomic
def propose_merge(actor: Actor, keep_id: int, drop_id: int, *, reason: str) -> MergeRequest:
    """Ask that ``drop`` become part of ``keep``; nothing moves yet.

    Raises:
        InputError: one person twice, already merged, already asked, a relative, no reason, out of reach, or both count in
            a living household (which of the two is right must be settled first).
    """
    why = _said(reason)
    if keep_id == drop_id:
        raise InputError("这是同一份人员记录", where="人员合并", advice="请选择两份不同的记录。")
    keep, drop = _two(keep_id, drop_id)
    _reach(actor, keep, drop)
    _not_a_relative(actor, keep, drop)
    _mergeable(keep, drop)
    if MergeRequest.objects.filter(
        models.Q(keep__in=(keep, drop)) | models.Q(drop__in=(keep, drop)), state__in=("asked", "undo")
    ).exists():
        raise InputError("其中一人已有待复核的合并", where="人员合并", advice="请先复核或退回那一件。")
    request = MergeRequest.objects.create(keep=keep, drop=drop, reason=why, asked_by_id=actor.account_id)
    _pair_state(keep, drop, "same", actor)
    record(actor, "registry.merge.ask", request, reason=why, after=snapshot(request))
    return request


def _mergeable(keep: Person, drop: Person) -> None:
    for person in (keep, drop):
        if person.merged_into_id is not None:
            raise InputError(f"{person.name} 的记录已经并入他人", where="人员合并", advice="请刷新页面。")
    counted = Membership.objects.filter(person__in=(keep, drop), ended_on=None, counted=True)
    if counted.count() > 1:
        numbers = "、".join(counted.order_by("household_id").values_list("household__number", flat=True))
        raise InputError(
            f"两份记录都是在保成员（家庭档案 {numbers}）",
            where="人员合并",
            advice="请先核实并在其中一户办理减员。",
        )


@transaction.atomic
def keep_apart(actor: Actor, pair_id: int, *, reason: str) -> DuplicatePair:
    """Say that a pair is two people; it is not shown again.

    Raises:
        InputError: decided already, a relative, no reason.
    """
    why = _said(reason)
    pair = (
        DuplicatePair.objects.select_for_update(of=("self",)).select_related("left", "right").get(pk=pair_id)
    )
    if pair.state != "open":
        raise FileMoved("这一对已经认定过", advice="请刷新页面。")
    _not_a_relative(actor, pair.left, pair.right)
    pair.state, pair.decided_by, pair.decided_at = "different", actor.account_id, timezone.now()
    pair.save(update_fields=["state", "decided_by", "decided_at"])
    record(actor, "registry.pair.apart", pair, reason=why, after=snapshot(pair, "state"))
    return pair


def _request(request_id: int, state: str) -> MergeRequest:
    request = MergeRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if request.state != state:
        raise FileMoved("这件合并刚被别人处理过", advice="请刷新页面查看结果。")
    return request


def _another(actor: Actor, asked_by: int | None) -> None:
    if actor.account_id == asked_by or (actor.on_behalf_of and actor.on_behalf_of == asked_by):
        raise InputError("申请人不能复核自己的申请", where="人员合并", advice="请由另一位同事复核。")


def _decided(request: MergeRequest, state: str, actor: Actor) -> None:
    request.state, request.decided_by_id, request.decided_at = state, actor.account_id, timezone.now()


@transaction.atomic
def approve_merge(actor: Actor, request_id: int) -> MergeRequest:
    """A second person approves: every row of the dropped person moves to the kept one.

    Raises:
        FileMoved: somebody decided it in between.
        InputError: the asker approves their own, a relative, or the two have rows that exclude each other.
    """
    request = _request(request_id, "asked")
    _another(actor, request.asked_by_id)
    keep, drop = _two(request.keep_id, request.drop_id)
    _reach(actor, keep, drop)
    _not_a_relative(actor, keep, drop)
    _mergeable(keep, drop)
    # first: the declarations are found through the memberships, which move
    declared = _rekey(_declarations_of(drop.pk), drop.pk, keep.pk)
    request.moved = {"rows": _move(drop.pk, keep.pk), "declarations": declared}
    if (account := _move_account(drop, keep)) is not None:
        request.moved["account"] = account
    drop.merged_into = keep
    for person in (keep, drop):
        person.version += 1
        person.save(update_fields=["version", "merged_into", "updated_at"])
    _decided(request, "done", actor)
    request.save(update_fields=["state", "decided_by", "decided_at", "moved"])
    record(
        actor, "registry.merge.approve", request, reason=request.reason,
        after={**snapshot(request, "keep", "drop", "state"), "moved": request.moved},
    )  # fmt: skip
    return request


@transaction.atomic
def refuse_merge(actor: Actor, request_id: int, *, reason: str) -> MergeRequest:
    """A second person does not agree (or the asker takes it back): the pair is open again."""
    why = _said(reason)
    request = _request(request_id, "asked")
    keep, drop = _two(request.keep_id, request.drop_id)
    _not_a_relative(actor, keep, drop)
    _decided(request, "refused", actor)
    request.save(update_fields=["state", "decided_by", "decided_at"])
    _pair_state(keep, drop, "open", actor)
    record(actor, "registry.merge.refuse", request, reason=why, after=snapshot(request, "state"))
    return request


@transaction.atomic
def propose_split(actor: Actor, request_id: int, *, reason: str) -> MergeRequest:
    """Ask that a merge be undone.

    Raises:
        FileMoved: not merged any more. InputError: a later merge of the kept person stands on this one.
    """
    why = _said(reason)
    request = _request(request_id, "done")
    keep, drop = _two(request.keep_id, request.drop_id)
    _not_a_relative(actor, keep, drop)
    _last_of(keep)
    request.state, request.split_asked_by_id, request.split_reason = "undo", actor.account_id, why
    request.save(update_fields=["state", "split_asked_by", "split_reason"])
    record(actor, "registry.split.ask", request, reason=why, after=snapshot(request, "state"))
    return request


def _last_of(keep: Person) -> None:
    if keep.merged_into_id is not None:
        raise InputError(
            f"{keep.name} 的记录后来又并入了他人", where="人员拆分", advice="请先拆回后来的那次合并。"
        )


@transaction.atomic
def refuse_split(actor: Actor, request_id: int, *, reason: str) -> MergeRequest:
    """The merge stays."""
    why = _said(reason)
    request = _request(request_id, "undo")
    request.state = "done"
    request.save(update_fields=["state"])
    record(actor, "registry.split.refuse", request, reason=why, after=snapshot(request, "state"))
    return request


@transaction.atomic
def split(actor: Actor, request_id: int) -> MergeRequest:
    """A second person undoes a merge: exactly the rows that it moved go back.

    Raises:
        FileMoved, InputError
    """
    request = _request(request_id, "undo")
    _another(actor, request.split_asked_by_id)
    keep, drop = _two(request.keep_id, request.drop_id)
    _not_a_relative(actor, keep, drop)
    _last_of(keep)
    drop.merged_into = None
    for person in (keep, drop):
        person.version += 1
        person.save(update_fields=["version", "merged_into", "updated_at"])
    _give_back(request.moved["rows"], keep.pk, drop.pk)
    _rekey(Declaration.objects.filter(pk__in=request.moved["declarations"]), keep.pk, drop.pk)
    if account := request.moved.get("account"):
        Account.objects.filter(pk=account, person_id=keep.pk).update(person_id=drop.pk)
    _decided(request, "split", actor)
    request.save(update_fields=["state", "decided_by", "decided_at"])
    _pair_state(keep, drop, "different", actor)
    record(
        actor, "registry.split.approve", request, reason=request.split_reason,
        after={**snapshot(request, "keep", "drop", "state"), "moved": request.moved},
    )  # fmt: skip
    return request


def pointers() -> Iterator[tuple[type[models.Model], str]]:
    """Every (model, foreign key) that points at a person, those without a name on the person's side too."""
    for relation in Person._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.field.model in _ABOUT_RECORDS:
            continue
        yield relation.field.model, relation.field.name


def _label(model: type[models.Model], name: str) -> str:
    return f"{model._meta.label_lower}.{name}"


def _portions(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), _PORTION):
        yield keys[start : start + _PORTION]


def _move(source: int, target: int) -> dict[str, list[Any]]:
    """Point every row from ``source`` to ``target``; which rows, by model and column."""
    moved: dict[str, list[Any]] = {}
    for model, name in pointers():
        rows = model._base_manager
        keys = list(rows.filter(**{name: source}).order_by("pk").values_list("pk", flat=True))
        try:
            with transaction.atomic():
                for some in _portions(keys):
                    rows.filter(pk__in=some).update(**{name: target})
        except IntegrityError as error:
            raise InputError(
                f"两人的“{model._meta.verbose_name}”互相冲突",
                where="人员合并",
                advice="请先处理其中一条，再合并。",
            ) from error
        if keys:
            moved[_label(model, name)] = keys
    return moved


def _give_back(moved: dict[str, list[Any]], source: int, target: int) -> None:
    columns = {_label(model, name): (model, name) for model, name in pointers()}
    for label, keys in moved.items():
        model, name = columns[label]
        try:
            with transaction.atomic():
                for some in _portions(keys):
                    # a row that somebody pointed elsewhere since, or removed, is theirs now
                    model._base_manager.filter(pk__in=some, **{name: source}).update(**{name: target})
        except IntegrityError as error:
            raise InputError(
                f"拆回的“{model._meta.verbose_name}”与现有记录冲突",
                where="人员拆分",
                advice="请先处理后来登记的那一条。",
            ) from error


def _declarations_of(person: int) -> models.QuerySet[Declaration]:
    return Declaration.objects.filter(household__memberships__person_id=person).distinct()


def _rekey(declarations: models.QuerySet[Declaration], source: int, target: int) -> list[int]:
    """Incomes are kept under the person's id inside a sealed column, where no foreign key sees them."""
    changed = []
    for declaration in declarations.order_by("pk"):
        income = dict(cast("dict[str, Any]", declaration.income))
        if str(source) not in income:
            continue
        if str(target) in income:
            raise InputError(
                f"{declaration.period} 的申报里两份记录各有收入",
                where="人员合并",
                advice="请先更正这份申报。",
            )
        income[str(target)] = income.pop(str(source))
        declaration.income = cast(Any, income)
        declaration.save(update_fields=["income"])
        changed.append(declaration.pk)
    return changed


def _move_account(drop: Person, keep: Person) -> int | None:
    """The sign-in of the dropped person opens the kept one's file, unless that has a sign-in of its own."""
    account = Account.objects.select_for_update().filter(person_id=drop.pk).first()
    if account is None or Account.objects.filter(person_id=keep.pk).exists():
        return None
    account.person_id = keep.pk
    account.save(update_fields=["person_id"])
    return account.pk
