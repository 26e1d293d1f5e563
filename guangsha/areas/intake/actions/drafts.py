"""Drafts, their files, and the submission that turns one into a case exactly once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake import forms
from guangsha.areas.intake.actions.base import (
    CaseMoved,
    done,
    locked,
    note_concerned,
    owns,
    require,
    tell_applicant,
    today,
    write_edge,
)
from guangsha.areas.intake.actions.numbers import case_number
from guangsha.areas.intake.actions.places import place
from guangsha.areas.intake.catalogue import Service, service
from guangsha.areas.intake.files import COUNT_MAX, PER_MATERIAL_MAX, checked_name, sniff
from guangsha.areas.intake.models import Case, Draft, Material, ProxyAuthorization
from guangsha.areas.intake.rules import OPEN, Move, missing_materials
from guangsha.areas.registry.actions import person_for
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.verification.gateway import give_consent
from guangsha.areas.verification.proofing import LEVELS, ProofNeeded, proof_level
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.people.access import NotThere
from guangsha.people.models import Account
from guangsha.privacy import files
from guangsha.privacy.masks import mask_name

#: Somebody fills in a handful of applications, not hundreds.
DRAFTS_MAX = 30
CONTEXT = "intake.material"
WINDOW_ROLES = ("street_clerk", "district_reviewer", "allocation_officer", "rent_clerk", "fund_officer", "field_inspector", "hotline_agent")  # fmt: skip


def _draft(actor: Actor, draft_id: int, *, lock: bool = True) -> Draft:
    drafts = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects.all()
    draft = drafts.filter(pk=draft_id, account_id=actor.account_id).first()
    if draft is None or not actor.account_id:
        raise NotThere
    return draft


@transaction.atomic
def save_draft(
    actor: Actor,
    service_code: str,
    answers: Mapping[str, Any],
    *,
    draft_id: int | None = None,
    version: int | None = None,
    page: int = 0,
    for_person: int | None = None,
) -> Draft:
    """Keep what has been typed so far, right or wrong; a new draft when ``draft_id`` is None.

    Raises:
        InputError: an instant service, or too much.
        CaseMoved: the draft was saved from another window since ``version``.
        NotThere: not this actor's draft, or a person they may not apply for.
    """
    chosen = service(service_code)
    if chosen.instant:
        raise InputError(f"“{chosen.name}”即时办结，不需要申请")
    try:
        size = len(forms.canonical_json(answers))
    except (TypeError, ValueError):
        raise InputError("填写内容的格式不对", advice="请重新填写。") from None
    if size > forms.ANSWERS_BYTES_MAX:
        raise InputError("填写内容过长", advice="请删减说明文字。")
    if draft_id is None:
        if Draft.objects.filter(account_id=actor.account_id).count() >= DRAFTS_MAX:
            raise InputError(f"草稿最多保存 {DRAFTS_MAX} 份", advice="请先提交或删除旧的草稿。")
        if for_person is not None and for_person != actor.person_id:
            _authorization(actor, for_person, chosen)
        draft = Draft(
            account_id=actor.account_id, service=chosen.code, key=uuid.uuid4(), for_person_id=for_person
        )
    else:
        draft = _draft(actor, draft_id)
        if version is not None and draft.version != version:
            raise CaseMoved("这份草稿刚在别的窗口保存过", advice="请刷新页面后继续填写。")
        draft.version += 1
    draft.answers, draft.page = cast(Any, dict(answers)), min(max(page, 0), 60)
    draft.save()
    return draft


@transaction.atomic
def discard_draft(actor: Actor, draft_id: int) -> None:
    """Remove a draft and its files for good."""
    draft = _draft(actor, draft_id)
    for stored in draft.materials.exclude(stored="").values_list("stored", flat=True):
        transaction.on_commit(lambda stored=stored: files.remove(stored))  # type: ignore[misc]
    draft.delete()


def hand_over_drafts(old: Account, new: Account | None) -> None:
    """An account is retired, in its transaction: what was begun goes on under the one that takes its place, or is removed."""
    drafts = Draft.objects.filter(account=old)
    if new is not None:
        drafts.update(account=new)
        return
    for stored in (
        Material.objects.filter(draft__in=drafts).exclude(stored="").values_list("stored", flat=True)
    ):
        transaction.on_commit(lambda stored=stored: files.remove(stored))  # type: ignore[misc]
    drafts.delete()


def _authorization(actor: Actor, person_id: int, chosen: Service) -> ProxyAuthorization:
    """The paper by which this helper may apply for this person now.

    Raises:
        NotThere: there is none.
    """
    for paper in ProxyAuthorization.objects.filter(
        helper_id=actor.account_id,
        person_id=person_id,
        revoked_at=None,
        signed_on__lte=today(),
        until__gte=today(),
    ):
        if not paper.services or chosen.code in paper.services:
            return paper
    raise NotThere


def attach_material(
    actor: Actor,
    code: str,
    file_name: str,
    data: bytes,
    *,
    draft_id: int | None = None,
    case_id: int | None = None,
) -> Material:
    """Add a file to a draft, or to a case whose applicant was asked for it.

    The type is found in the content, not in the name. The file is sealed before the row is written and removed again when
    the row is not.

    Raises:
        InputError: type, size or number of files is not taken, or the material is not asked for.
        NotThere: not this actor's.
    """
    kind = sniff(data)
    stored = files.store(data, context=CONTEXT)
    try:
        with transaction.atomic():
            return _attach(actor, code, checked_name(file_name, kind), kind, stored, draft_id, case_id)
    except BaseException:
        files.remove(stored.stored)
        raise


def _attach(
    actor: Actor,
    code: str,
    name: str,
    kind: str,
    stored: files.StoredFile,
    draft_id: int | None,
    case_id: int | None,
) -> Material:
    draft = _draft(actor, draft_id) if draft_id is not None else None
    case = None
    if draft is None:
        case = locked(case_id or 0)
        if not owns(actor, case):
            require("supply", case, actor)
        if case.state != "supplement":
            raise InputError("只有在通知补正后才能再上传材料", where=f"办件 {case.number}")
    owner: Draft | Case | None = draft or case
    if owner is None:
        raise NotThere
    if service(owner.service).material(code) is None:
        raise InputError("本事项没有这项材料", advice="请从材料清单中选择。")
    present = Material.objects.filter(draft=draft, case=case).exclude(stored="")
    if present.count() >= COUNT_MAX or present.filter(code=code).count() >= PER_MATERIAL_MAX:
        raise InputError(f"每项材料最多 {PER_MATERIAL_MAX} 个文件，合计最多 {COUNT_MAX} 个")
    same = present.filter(code=code, digest=stored.digest).first()
    if same is not None:
        files.remove(stored.stored)
        return same
    material = Material.objects.create(
        draft=draft, case=case, code=code, state="uploaded", file_name=name, content_type=kind,
        size=stored.size, digest=stored.digest, stored=stored.stored, uploaded_at=timezone.now(),
    )  # fmt: skip
    record(actor, "intake.material.attach", material, after={"code": code, "digest": stored.digest, "size": stored.size},
           agency_id=case.agency_id if case else None)  # fmt: skip
    return material


@transaction.atomic
def remove_material(actor: Actor, material_id: int) -> None:
    """Remove a file from one's own draft, or from one's own case while it waits for the supplement."""
    material = Material.objects.select_related("draft", "case").filter(pk=material_id).first()
    if material is None:
        raise NotThere
    if material.draft is not None:
        _draft(actor, material.draft.pk)
    elif material.case is None or not owns(actor, material.case):
        raise NotThere
    elif material.case.state != "supplement" or material.state != "uploaded":
        raise InputError("材料已经提交，不能删除")
    if material.stored:
        stored = material.stored
        transaction.on_commit(lambda: files.remove(stored))
    case = material.case
    record(actor, "intake.material.remove", material, before={"code": material.code, "digest": material.digest},
           agency_id=case.agency_id if case else None)  # fmt: skip
    material.delete()


def submit(actor: Actor, draft_id: int, key: uuid.UUID | str, *, community_id: int | None = None) -> Case:
    """Turn a draft into a case. The same ``key`` gives the same case, however often and from wherever it is sent.

    Raises:
        InputErrors: everything that is wrong or missing, at once.
        NotThere: not this actor's draft.
    """
    try:
        wanted = uuid.UUID(str(key))
    except ValueError:
        raise InputError("提交编号不对", advice="请刷新页面后重新提交。") from None
    with transaction.atomic():
        # the lock on the draft is what makes two submissions at once wait for one another
        draft = (
            Draft.objects.select_for_update(of=("self",))
            .filter(pk=draft_id, account_id=actor.account_id)
            .first()
        )
        known = Case.objects.filter(key=wanted).first()
        if known is not None:
            if not owns(actor, known) and known.account_id not in (None, actor.account_id):
                raise NotThere
            return known
        if draft is None or not actor.account_id:
            raise NotThere
        return _submit(actor, draft, wanted, community_id)


def _submit(actor: Actor, draft: Draft, key: uuid.UUID, community_id: int | None) -> Case:
    chosen = service(draft.service)
    if actor.kind == "citizen" and proof_level(actor) < LEVELS[chosen.proof.submit]:
        raise ProofNeeded(
            "提交前要先核验身份",
            where="核验身份",
            advice="请打开“我的—核验身份”，或带身份证到窗口；填写的内容已经保存。",
        )
    typed = cast(dict[str, Any], draft.answers)
    answers, faults = forms.read_answers(chosen, typed, today())
    errors = [fault.error() for fault in faults]
    signed = typed.get("commitments")
    signed = [item for item in signed if isinstance(item, str)] if isinstance(signed, list) else []
    errors += [
        InputError("请阅读并勾选这项承诺", where=item.text[:20])
        for item in chosen.commitments if item.required and item.code not in signed
    ]  # fmt: skip
    present = set(draft.materials.exclude(stored="").values_list("code", flat=True))
    errors += [
        InputError("请上传这项材料", where=material.name)
        for material in missing_materials(chosen, answers, present)
    ]
    if errors:
        raise InputErrors(errors)
    paper = None
    if draft.for_person_id is not None and draft.for_person_id != actor.person_id:
        paper = _authorization(actor, draft.for_person_id, chosen)
    applicant = _applicant(actor, draft, answers)
    _once(chosen, applicant)
    household = Household.objects.filter(
        memberships__person=applicant, memberships__ended_on=None, memberships__counted=True, closed_on=None
    ).first()
    community, agency = place(actor, applicant, answers, household, community_id)
    if actor.kind == "api" and agency.pk not in actor.scope:
        raise InputError("该社区不属于这把接口密钥的机构范围", where="社区", advice="请改用所属机构的密钥。")
    now = timezone.now()
    case = Case(
        number=case_number(chosen, agency.region_code, today()),
        key=key,
        service=chosen.code,
        service_version=chosen.version,
        agency=agency,
        community=community,
        applicant=applicant,
        household=household,
        account_id=None if actor.kind == "staff" and paper is None else actor.account_id,
        channel=_channel(actor, paper),
        authorization=paper,
        label=mask_name(applicant.name),
        answers=cast(Any, {**answers, "commitments": signed, "consent": typed.get("consent") is True}),
        priority=1 if _urgent(answers) else 5,
        submitted_at=now,
        state="submitted",
    )
    case.save(force_insert=True)
    note_concerned(case)
    Material.objects.filter(draft=draft).update(case=case, draft=None)
    for material in chosen.materials:
        if material.way == "promise" and forms.holds(material.when, answers):
            Material.objects.create(case=case, code=material.code, state="promised", uploaded_at=now)
    # nobody agrees in the name of a person whom they are not proved to be
    speaks = actor.kind != "citizen" or bool(actor.person_id)
    if chosen.consent is not None and typed.get("consent") is True and speaks:
        _consents(actor, case, chosen, applicant, answers)
    draft.delete()
    case.state = ""
    write_edge(case, actor, "submit", Move("submitted", "", 1))
    tell_applicant(
        case,
        "submitted",
        "申请已提交",
        f"您的“{chosen.name}”已提交，办件编号 {case.number}。五个工作日内会告知是否受理。",
    )
    done(actor, case, "submit", {}, service=chosen.code)
    return case


def _consents(actor: Actor, case: Case, chosen: Service, applicant: Person, answers: forms.Answers) -> None:
    """The signed form speaks for the applicant and for the members entered in it."""
    if chosen.consent is None:
        return
    for person in [applicant, *members(actor, answers)]:
        give_consent(actor, person, purpose=chosen.consent.purpose, sources=chosen.consent.sources, case_number=case.number,
                     way="window" if case.channel == "window" else "form")  # fmt: skip


def members(actor: Actor, answers: Mapping[str, Any]) -> list[Person]:
    """The persons entered in the table of household members."""
    rows = answers.get("members")
    return [
        person_for(
            actor, name=str(row.get("name", "")), identity=str(row["identity"]), reason="申请表中的家庭成员"
        )
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping) and row.get("identity")
    ]


def _applicant(actor: Actor, draft: Draft, answers: Mapping[str, Any]) -> Person:
    """Who the case is about. A citizen applies for themselves, or for the person who authorized them."""
    given = answers.get("applicant")
    given = given if isinstance(given, Mapping) else {}
    expected = draft.for_person_id or (actor.person_id if actor.kind == "citizen" else 0)
    if not given.get("identity"):
        person = Person.objects.filter(pk=expected).first() if expected else None
        if person is None:
            raise InputError("没有申请人的身份证号", advice="请补填后再提交。")
        return person
    phone = str(given.get("phone", ""))
    # the register keeps mobiles; whoever has only a landline applies all the same
    phone = phone if len(phone) == 11 and phone.startswith("1") else ""
    if actor.kind == "citizen" and not actor.person_id:
        phone = ""  # who is not proved to be this person does not say where the agency reaches them
    person = person_for(actor, name=str(given.get("name", "")), identity=str(given["identity"]), phone=phone,
                        reason="提交申请")  # fmt: skip
    if expected and person.pk != expected:
        raise InputError(
            "申请人与登录的本人（或委托人）不一致",
            where="申请人 身份证号",
            advice="替他人办理，请由代办员凭委托书办理。",
        )
    return person


def _once(chosen: Service, applicant: Person) -> None:
    """A right is applied for once at a time; repairs and questions may be many."""
    if chosen.publicity is None:
        return
    open_case = Case.objects.filter(applicant=applicant, service=chosen.code, state__in=OPEN).first()
    if open_case is not None:
        raise InputError(
            f"同一申请人已有一件“{chosen.name}”正在办理（{open_case.number}）",
            advice="请等办结或撤回后再申请。",
        )


def _channel(actor: Actor, paper: ProxyAuthorization | None) -> str:
    if paper is not None:
        return "proxy"
    if actor.kind == "staff":
        if not actor.has(*WINDOW_ROLES):
            raise InputError("您的岗位不能代为提交", advice="请由窗口人员提交，或先办理委托书。")
        return "window"
    return "api" if actor.kind == "api" else "online"


def _urgent(answers: Mapping[str, Any]) -> bool:
    """Dangerous homes and dangerous faults go first (绿色通道)."""
    groups = [group for group in answers.values() if isinstance(group, Mapping)]
    return any(
        group.get("urgent") is True or "dangerous_home" in (group.get("special") or ()) for group in groups
    )
