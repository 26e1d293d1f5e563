"""Pages of the bulk import: upload, the report of every row, apply, drop, and the result to take home and mend."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.registry import actions
from guangsha.areas.registry.actions.importing import communities_of
from guangsha.areas.registry.import_sheet import BYTES_MAX, ROWS_MAX, result_workbook, template
from guangsha.areas.registry.models import ImportBatch
from guangsha.areas.registry.office import page_of, show
from guangsha.areas.registry.tasks import run_check, run_import
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.privacy import masks
from guangsha.privacy.watermark import stamp_rows
from guangsha.web.act_forms import acting
from guangsha.web.uploads import TOO_LARGE

IMPORTERS = ("archivist", "district_reviewer")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def access_import(actor: Actor, key: int) -> ImportBatch:
    """A batch of the actor's agencies.

    Raises:
        NotThere
    """
    found = (
        ImportBatch.objects.select_related("agency", "account")
        .filter(pk=key, agency_id__in=actor.scope)
        .first()
    )
    if found is None:
        raise NotThere
    return found


@staff(*IMPORTERS)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Batches so far, and a new file."""
    actor = acting(request)
    fault, status = "", 200
    if request.method == "POST":
        try:
            made = _take(request, actor)
        except InputError as error:
            fault, status = str(error), 400
        else:
            return redirect("office-import", made.pk)
    page = page_of(
        request,
        ImportBatch.objects.filter(agency_id__in=actor.scope)
        .select_related("account", "agency")
        .order_by("-id"),
    )
    context = {"page": page, "fault": fault, "rows_max": ROWS_MAX, "megabytes": BYTES_MAX // 1024 // 1024}
    return show(request, "imports", context, status=status)


def _take(request: HttpRequest, actor: Actor) -> ImportBatch:
    if getattr(request, TOO_LARGE, False):
        raise InputError(f"文件超过 {BYTES_MAX // 1024 // 1024} MB", advice="请分成几份，每份分别上传。")
    given = request.FILES.get("file")
    if given is None:
        raise InputError("没有选择文件", where="文件", advice="请选择填好的 .xlsx 文件。")
    data = given.read(BYTES_MAX + 1)
    with transaction.atomic():
        batch = actions.take_import(actor, access_agency(actor, actor.agency_id), given.name or "", data)
        if batch.state == "waiting":
            run_check.enqueue(batch.pk, actor.account_id)
    return batch


@staff(*IMPORTERS)
@require_GET
def template_file(request: HttpRequest) -> HttpResponse:
    """The empty workbook, with the communities of one's own agency."""
    actor = acting(request)
    return _file(
        template(list(communities_of(access_agency(actor, actor.agency_id)))),
        "template.xlsx",
        "家庭档案导入模板.xlsx",
    )


def _file(data: bytes, plain: str, name: str) -> HttpResponse:
    from urllib.parse import quote

    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response


@staff(*IMPORTERS)
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, key: int) -> HttpResponse:
    """The report of one file, and what may be done with it."""
    actor = acting(request)
    found = access_import(actor, key)
    if request.method == "POST":
        try:
            said = _act(actor, found, request.POST.get("act", ""))
        except GuangshaError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        return redirect("office-import", found.pk)
    which = "all" if request.GET.get("which") == "all" else "faulty"
    lines = found.lines.order_by("number")
    page = page_of(request, lines.exclude(faults=[]) if which == "faulty" else lines)
    rows = []
    for line in page.object_list:
        given = cast("dict[str, str]", line.given)
        state = "已导入" if line.person_id else "有问题" if line.faults else "可导入"
        rows.append(
            (line.number, given.get("household", ""), masks.mask_name(given.get("name", "")),
             masks.mask_identity(given.get("identity", "").lstrip("#")), state, line.faults)
        )  # fmt: skip
    progress = _progress(found)
    response = show(
        request, "import",
        {
            "batch": found, "page": page, "rows": rows, "which": which, "waiting": found.usable - found.done,
            "mine": found.account_id == actor.account_id, "progress": progress,
        },
    )  # fmt: skip
    if "HX-Request" in request.headers and progress is None:
        response["HX-Refresh"] = (
            "true"  # what follows on the end of the work stands outside of the part that was asked for
        )
    return response


def _progress(batch: ImportBatch) -> tuple[str, int, int] | None:
    """What is being done, how much of it is done, of how much; None when nothing runs."""
    if batch.state == "waiting":
        return ("正在逐行校验" if batch.rows else "正在读取工作簿"), batch.checked, batch.rows
    if batch.state == "checked" and batch.is_running:
        return "正在导入", batch.done, batch.usable
    return None


def _act(actor: Actor, found: ImportBatch, act: str) -> str:
    if act == "drop":
        actions.drop_import(actor, found.pk)
        return "已放弃这批导入。"
    if act != "apply":
        raise NotThere
    with transaction.atomic():
        actions.begin_import(actor, found.pk)
        run_import.enqueue(found.pk, actor.account_id)
    return "已开始导入，可以离开本页；完成后会有消息。"


@staff(*IMPORTERS)
@require_GET
def result_file(request: HttpRequest, key: int) -> HttpResponse:
    """The file as it came with a column of faults: only for the person who uploaded it, since it says everything."""
    actor = acting(request)
    found = access_import(actor, key)
    if found.account_id != actor.account_id or found.state not in ("checked", "done"):
        raise NotThere
    words = {True: "已导入", False: "未导入"}
    lines = [
        (
            cast("dict[str, str]", line.given),
            words[line.person_id is not None] if line.faults or line.person_id else "可导入",
            line.faults,
        )
        for line in found.lines.order_by("number").iterator(chunk_size=500)
    ]
    above = stamp_rows(actor, "核对批量导入结果", timezone.now())
    with transaction.atomic():
        record(actor, "registry.import.take", found, agency_id=found.agency_id, after={"rows": len(lines)})
    data: Any = result_workbook(lines, above)
    return _file(data, "result.xlsx", f"导入结果_{found.pk}.xlsx")
