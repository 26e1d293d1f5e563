"""Drafts of a key, their files, and the submission for the applicant."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Field, File, Form, Schema, UploadedFile
from ninja.responses import Status

from guangsha.api.actions import submit_for
from guangsha.api.guard import machine_of_request, send_header
from guangsha.api.once import once
from guangsha.api.problems import Problem
from guangsha.api.routes.cases import Receipt, receipt
from guangsha.api.routes.services import found_service
from guangsha.api.schemas import (
    Given,
    IdempotencyKey,
    IdempotencyNeeded,
    IfMatch,
    Key,
    Number,
    Proof,
    cut,
    tag_of,
    version_in,
)
from guangsha.api.surface import operation, room
from guangsha.areas.intake import actions, forms
from guangsha.areas.intake.access import access_case, access_draft
from guangsha.areas.intake.actions.base import owns, today
from guangsha.areas.intake.actions.drafts import DRAFTS_MAX
from guangsha.areas.intake.files import SIZE_MAX
from guangsha.areas.intake.models import Draft, Material
from guangsha.areas.intake.rules import missing_materials
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.web.uploads import TOO_LARGE

router = room("drafts")
JSON = dict[str, Any]


class DraftGiven(Given):
    """An application as far as it is filled in."""

    service: str = Field(max_length=40, description="事项代码")
    answers: JSON = Field(
        description="按“组.字段”填写的内容，见 /services/{code}/form；另可有 commitments、consent"
    )


class AnswersGiven(Given):
    """The whole content anew."""

    answers: JSON = Field(description="全部填写内容（整体替换）")


class FileOfDraft(Schema):
    """One file."""

    id: int
    code: str = Field(description="材料代码")
    file_name: str
    size: int
    digest: str = Field(description="SM3 摘要")


class FaultOfDraft(Schema):
    """Something that is wrong or missing before it can be submitted."""

    path: str
    label: str
    detail: str


class DraftShown(Schema):
    """A draft, with everything that is still wrong or missing."""

    id: int
    service: str
    version: int
    updated_at: datetime
    faults: list[FaultOfDraft]
    files: list[FileOfDraft]


class DraftLine(Schema):
    """A draft in the list."""

    id: int
    service: str
    version: int
    updated_at: datetime


class DraftList(Schema):
    """The drafts of the key; there are 30 at most."""

    drafts: list[DraftLine]


class Submission(Given):
    """The submission of a draft."""

    proof: Proof


def _shown(draft: Draft) -> DraftShown:
    service = found_service(draft.service)
    typed = cast(JSON, draft.answers)
    clean, faults = forms.read_answers(service, typed, today())
    files = list(draft.materials.exclude(stored="").order_by("id"))
    missing = missing_materials(service, clean, {one.code for one in files})
    return DraftShown(
        id=draft.pk, service=draft.service, version=draft.version, updated_at=draft.updated_at,
        faults=[
            *(FaultOfDraft(path=one.path, label=one.label, detail=one.text) for one in faults),
            *(FaultOfDraft(path=f"materials.{one.code}", label=one.name, detail="请上传这项材料") for one in missing),
        ],
        files=[file_shown(one) for one in files],
    )  # fmt: skip


def file_shown(material: Material) -> FileOfDraft:
    """One file as it is handed out."""
    return FileOfDraft(
        id=material.pk, code=material.code, file_name=material.file_name, size=material.size, digest=material.digest
    )  # fmt: skip


def _tagged(request: HttpRequest, draft: Draft) -> DraftShown:
    send_header(request, "ETag", tag_of(draft.version))
    return _shown(draft)


@operation(router, "GET", "/drafts", scope="cases:write", summary="未提交的申请", gives=DraftList)
def list_drafts(request: HttpRequest) -> Any:
    """The key's own drafts."""
    rows = Draft.objects.filter(account_id=machine_of_request(request).actor.account_id)
    found, _ = cut(rows.values("id", "service", "version", "updated_at"), "", DRAFTS_MAX)
    return {"drafts": found}


@operation(router, "POST", "/drafts", scope="cases:write", summary="开始一份申请", gives={201: DraftShown})
def create_draft(request: HttpRequest, body: DraftGiven, idempotency_key: IdempotencyKey = "") -> Status[Any]:
    """Keep what has been filled in, right or wrong; the answer lists what is still to be mended."""
    actor = machine_of_request(request).actor
    return once(
        request, idempotency_key,
        lambda: _tagged(request, actions.save_draft(actor, body.service, body.answers)), needed=False,
    )  # fmt: skip


@operation(router, "GET", "/drafts/{draft}", scope="cases:write", summary="一份申请", gives=DraftShown)
def show_draft(request: HttpRequest, draft: Key) -> Any:
    """What is still wrong or missing; the version is the ETag."""
    return _tagged(request, access_draft(machine_of_request(request).actor, draft))


@operation(
    router,
    "PUT",
    "/drafts/{draft}",
    scope="cases:write",
    summary="修改申请",
    gives=DraftShown,
    refuses=(412, 428),
)
def save_draft(request: HttpRequest, draft: Key, body: AnswersGiven, if_match: IfMatch = "") -> Any:
    """Replace the content."""
    actor, version = machine_of_request(request).actor, version_in(if_match)
    found = access_draft(actor, draft)
    saved = actions.save_draft(actor, found.service, body.answers, draft_id=found.pk, version=version)
    return _tagged(request, saved)


@operation(router, "DELETE", "/drafts/{draft}", scope="cases:write", summary="删除申请", gives={204: None})
def discard_draft(request: HttpRequest, draft: Key) -> Status[Any]:
    """Remove a draft and its files for good."""
    actions.discard_draft(machine_of_request(request).actor, draft)
    return Status(204, None)


@operation(
    router, "POST", "/drafts/{draft}/submission", scope="cases:write", summary="提交申请", gives={201: Receipt}, refuses=(409,),
)  # fmt: skip
def submit_draft(
    request: HttpRequest, draft: Key, body: Submission, idempotency_key: IdempotencyNeeded
) -> Status[Any]:
    """Turn a draft into a case, exactly once. The applicant is told by message."""
    actor = machine_of_request(request).actor

    def work() -> Schema:
        found = access_draft(actor, draft)
        return receipt(
            request, submit_for(actor, found.pk, uuid.UUID(str(found.key)), body.proof.model_dump())
        )

    return once(request, idempotency_key, work)


# --- files

_MATERIAL = Annotated[str, Form(min_length=1, max_length=40, description="材料代码")]


def _taken(
    request: HttpRequest, actor: Actor, code: str, file: UploadedFile, *, draft_id: int | None = None, case_id: int | None = None
) -> Status[Any]:  # fmt: skip
    if getattr(request, TOO_LARGE, False) or (file.size or 0) > SIZE_MAX:
        raise Problem("too-large", f"每个文件最多 {SIZE_MAX // 1024 // 1024} MB。")
    made = actions.attach_material(
        actor, code, file.name or "", file.read(SIZE_MAX + 1), draft_id=draft_id, case_id=case_id
    )
    return Status(201, file_shown(made))


@operation(
    router,
    "POST",
    "/drafts/{draft}/materials",
    scope="cases:write",
    summary="上传申请材料",
    gives={201: FileOfDraft},
)
def upload_to_draft(
    request: HttpRequest, draft: Key, code: _MATERIAL, file: Annotated[UploadedFile, File(description="PDF、JPG、PNG、HEIC 或 docx")]
) -> Status[Any]:  # fmt: skip
    """Add a file to a draft. The same file again is the same file."""
    actor = machine_of_request(request).actor
    found = access_draft(actor, draft)
    return _taken(request, actor, code, file, draft_id=found.pk)


@operation(
    router, "POST", "/cases/{number}/materials", scope="cases:write", summary="上传补正材料", gives={201: FileOfDraft}, refuses=(409,)
)  # fmt: skip
def upload_to_case(
    request: HttpRequest, number: Number, code: _MATERIAL, file: Annotated[UploadedFile, File(description="PDF、JPG、PNG、HEIC 或 docx")]
) -> Status[Any]:  # fmt: skip
    """Add a file to one's own case that waits for it; then POST /cases/{number}/supply."""
    actor = machine_of_request(request).actor
    case = access_case(actor, number)
    if not owns(actor, case):
        raise NotThere
    return _taken(request, actor, code, file, case_id=case.pk)


@operation(
    router, "DELETE", "/drafts/{draft}/materials/{material}", scope="cases:write", summary="删除申请材料", gives={204: None}
)  # fmt: skip
def remove_from_draft(request: HttpRequest, draft: Key, material: Key) -> Status[Any]:
    """Remove a file from a draft."""
    actor = machine_of_request(request).actor
    if not access_draft(actor, draft).materials.filter(pk=material).exists():
        raise NotThere
    actions.remove_material(actor, material)
    return Status(204, None)
