"""Pages with files: pictures, survey files with the report of every row, the export with its watermark."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.stock import actions, queries
from guangsha.areas.stock.access import access_estate, access_picture, access_survey
from guangsha.areas.stock.facts import LAYOUTS, PICTURE_KINDS
from guangsha.areas.stock.hooks import SUMMARIES
from guangsha.areas.stock.models import Estate, Picture
from guangsha.areas.stock.office import dwellings_page, filters_of, page_of, show
from guangsha.areas.stock.rules import KEEPERS, READERS
from guangsha.areas.stock.survey_sheet import BYTES_MAX, ROWS_MAX, template
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.documents.writing.xlsx import Workbook
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.privacy.watermark import stamp_xlsx, watermark
from guangsha.web.act_forms import acting, faults_of, keep, read_answers, text
from guangsha.web.uploads import TOO_LARGE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT_MAX = 50_000


def upload_of(request: HttpRequest, name: str, most: int, *, needed: bool = True) -> tuple[str, bytes]:
    """The name and the bytes of an uploaded file.

    Raises:
        InputError: none, or too large.
    """
    if getattr(request, TOO_LARGE, False):
        raise InputError(f"文件超过 {most // 1024 // 1024} MB", where="文件", advice="请压缩或分开上传。")
    given = request.FILES.get(name)
    if given is None:
        if needed:
            raise InputError("没有选择文件", where="文件", advice="请选择文件。")
        return "", b""
    return given.name or "", given.read(most + 1)


def served(data: bytes, media: str) -> HttpResponse:
    """A picture as it is kept, for the browser to show."""
    answer = HttpResponse(data, content_type=media)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def file_answer(data: bytes, plain: str, name: str) -> HttpResponse:
    """A workbook to save."""
    answer = HttpResponse(data, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer


# --- pictures --------------------------------------------------------------------------------------------------


@staff(*READERS)
@require_GET
def picture(request: HttpRequest, key: int) -> HttpResponse:
    """One picture of an estate or a dwelling."""
    return picture_answer(access_picture(acting(request), key))


def picture_answer(found: Picture) -> HttpResponse:
    """The picture, kept by no cache where it is for staff only."""
    try:
        answer = served(actions.open_picture(found), found.content_type)
    except InputError:
        raise NotThere from None
    answer["Cache-Control"] = (
        "public, max-age=3600" if found.public and found.dwelling_id is None else "no-store"
    )
    return answer


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def picture_new(request: HttpRequest, key: int) -> HttpResponse:
    """Add a picture of an estate, of a layout or of one dwelling."""
    actor = acting(request)
    estate = access_estate(actor, key)
    fields = [
        text("kind", "类别", kind="choice", choices=PICTURE_KINDS), text("title", "说明", max=60, help="例如：一居室户型图、小区南门。"),
        text("layout", "户型组别", kind="choice", required=False, choices=LAYOUTS, help="户型图、样板间选它所属的组别；整个小区的不选。"),
        text("number", "房号", required=False, max=24, help="只属于某一套的填写，例如 1-1-0101。"),
        text("public", "对外公开", kind="choice", choices={"yes": "公开，群众可以看", "no": "只供工作人员看"}, value="no"),
    ]  # fmt: skip
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            _, data = upload_of(request, "file", 8 * 1024 * 1024)
            actions.add_picture(
                actor, estate.pk, data, kind=answers["kind"], title=answers["title"], layout=answers["layout"],
                dwelling_id=_dwelling_key(estate, answers["number"]), public=answers["public"] == "yes",
            )  # fmt: skip
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, "图片已保存。照片里的位置、时间等信息已去除。")
            return redirect("office-stock-estate", estate.pk)
    context = {"estate": estate, "fields": fields, "faults": faults}
    return show(request, "picture_new", context, status=400 if faults else 200)


def _dwelling_key(estate: Estate, number: str) -> int | None:
    if not number:
        return None
    found = estate.dwellings.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise InputError("本小区没有这个房号", where="房号", advice="例如 1-1-0101。")
    return found


# --- survey files ------------------------------------------------------------------------------------------------


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def survey_new(request: HttpRequest, key: int) -> HttpResponse:
    """Upload a survey file of an estate."""
    actor = acting(request)
    estate = access_estate(actor, key)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            name, data = upload_of(request, "file", BYTES_MAX)
            made = actions.take_survey(actor, estate.pk, name, data)
        except GuangshaError as error:
            faults = [("f-file", str(error))]
        else:
            return redirect("office-stock-survey", made.pk)
    context = {
        "estate": estate,
        "faults": faults,
        "rows_max": ROWS_MAX,
        "megabytes": BYTES_MAX // 1024 // 1024,
    }
    return show(request, "survey_new", context, status=400 if faults else 200)


@staff(*KEEPERS)
@require_GET
def survey_template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    return file_answer(template(), "template.xlsx", "测绘成果导入模板.xlsx")


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def survey(request: HttpRequest, key: int) -> HttpResponse:
    """The report of every row, and what may be done with the file."""
    actor = acting(request)
    found = access_survey(actor, key)
    if request.method == "POST":
        try:
            said = _survey_act(actor, found.pk, request.POST.get("act", ""))
        except GuangshaError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        return redirect("office-stock-survey", found.pk)
    which = "all" if request.GET.get("which") == "all" or not found.faulty else "faulty"
    lines = found.lines.order_by("number")
    page = page_of(request, lines.exclude(faults=[]) if which == "faulty" else lines)
    rows = []
    for line in page.object_list:
        given = cast("dict[str, str]", line.given)
        door = "-".join(given.get(name, "") or "?" for name in ("building", "entrance", "floor", "door"))
        rows.append(
            (
                line.number,
                door,
                given.get("layout", ""),
                given.get("area_m2", ""),
                line.dwelling_id,
                line.faults,
            )
        )
    keeps = bool(actor.roles_at(found.estate.agency_id) & KEEPERS)
    return show(
        request, "survey", {"batch": found, "page": page, "rows": rows, "which": which, "may_keep": keeps}
    )


def _survey_act(actor: Actor, key: int, act: str) -> str:
    if act == "apply":
        done = actions.apply_survey(actor, key)
        return f"已导入 {done.rows} 行，请核对楼盘表。"
    if act == "drop":
        actions.drop_survey(actor, key)
        return "已放弃这份文件。"
    raise NotThere


# --- export --------------------------------------------------------------------------------------------------------


@staff(*READERS)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The dwellings of a list as a workbook that says who took it, when and for what."""
    actor = acting(request)
    purpose = request.POST.get("purpose", "")[:200]
    chosen = filters_of(request)
    found = queries.found_dwellings(actor, **chosen).select_related("estate", "building")
    try:
        watermark(actor, purpose, timezone.now())
        if (count := found.count()) > EXPORT_MAX:
            raise InputError(f"共 {count} 套，一次最多导出 {EXPORT_MAX} 套", advice="请缩小范围。")
    except InputError as error:
        return dwellings_page(request, [("f-purpose", str(error))], purpose)
    with transaction.atomic():
        data = stamp_xlsx(_workbook(actor, found), actor, purpose, timezone.now())
        record(
            actor, "stock.dwelling.export", access_agency(actor, actor.agency_id), reason=purpose, after={"dwellings": count, **{k: v for k, v in chosen.items() if v}},
            agency_id=actor.agency_id,
        )  # fmt: skip
    return file_answer(data, "dwellings.xlsx", f"房源清单_{timezone.localdate():%Y%m%d}.xlsx")


def _workbook(actor: Actor, found: Any) -> bytes:
    heads = [
        "房屋编号",
        "小区",
        "楼栋",
        "房号",
        "楼层",
        "户型组别",
        "建筑面积",
        "套内面积",
        "用途",
        "资金来源",
        "产权状态",
        "房态",
        "现房态起始日",
        "房屋代码",
        "不动产单元代码",
    ]
    book = Workbook(title="房源清单")
    rows = list(found)
    keys = [row.pk for row in rows]
    more = [(title, ask(actor, keys)) for title, ask in SUMMARIES]
    sheet = book.sheet(
        "房源清单",
        widths=[18, 16, 8, 14, 7, 10, 10, 10, 14, 12, 10, 12, 13, 26, 32, *(20 for _ in more)],
        freeze=(1, 0),
        landscape=True,
    )
    head = book.style(bold=True, fill="DDE7F3", border=True, align="center", wrap=True)
    for at, label in enumerate([*heads, *(title for title, _ in more)]):
        sheet.write(0, at, label, head)
    sheet.write_rows(
        1, 0,
        (
            [
                row.code, row.estate.name, row.building.number, row.number, row.floor, row.get_layout_display(), row.area_m2,
                row.inner_area_m2, row.get_programme_display(), row.get_funding_display(), row.get_title_state_display(),
                row.get_state_display(), row.since.isoformat(), row.house_code, row.property_code, *(told.get(row.pk, "") for _, told in more),
            ]
            for row in rows
        ),
        [0] * (len(heads) + len(more)),
    )  # fmt: skip
    return book.to_bytes()
