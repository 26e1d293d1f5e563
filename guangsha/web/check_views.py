"""Pages that check published reports: the drop zone, progress, what was found, the annotated documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.checking.bundle import SUFFIXES
from guangsha.people.gates import public
from guangsha.web import jobs, uploads
from guangsha.web.packages import CONTENT_TYPES
from guangsha.web.places import REPORT_POLICY, offered_profiles
from guangsha.web.status import read_job, read_status

FILES_MAX = 20
#: What the drop zone offers first; older formats are taken too where the machine can convert them.
ACCEPT = ".docx,.pdf,.xlsx,.html,.htm,.txt,.zip,.doc,.wps,.ofd"
_TAKEN = SUFFIXES | {".zip"}
_COPIES = {"html": ".html", "docx": ".docx", "json": ".json"}


def drop_zone() -> dict[str, Any]:
    """What the form of the drop zone needs; the first page shows it too."""
    return {
        "check_accept": ACCEPT,
        "check_mb": uploads.CHECK_BYTES_MAX // 1024 // 1024,
        "check_files_max": FILES_MAX,
        "check_minutes": jobs.CHECK_KEEP_SECONDS // 60,
    }


@public
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    return _take(request) if request.method == "POST" else _page(request)


def _page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {**drop_zone(), "profiles": offered_profiles(), "error": error}
    return render(request, "web/reports/check.html", context, status=status)


def _take(request: HttpRequest) -> HttpResponse:
    files = request.FILES.getlist("files")  # reading the body decides whether it was too large
    if getattr(request, uploads.TOO_LARGE, False):
        most = uploads.CHECK_BYTES_MAX // 1024 // 1024
        return _page(request, f"文件合计超过 {most} MB，没有接收。请分几次上传。", 413)
    if not files:
        return _page(request, "请先选择要核对的报告。", 400)
    if len(files) > FILES_MAX:
        return _page(request, f"一次最多 {FILES_MAX} 个文件，请装入一个 zip，或分几次上传。", 400)
    for file in files:
        if Path(file.name or "").suffix.lower() not in _TAKEN:
            return _page(
                request,
                f"“{file.name}”不是能核对的文档。请选择 Word、PDF、OFD、Excel、网页、文本或 zip。",
                400,
            )
    profile = request.POST.get("profile", "")
    if profile and profile not in {offered["id"] for offered in offered_profiles()}:
        return _page(request, "没有这个口径模板，请重新选择。", 400)
    try:
        taken = [jobs.Upload(file.name or "", file.chunks()) for file in files]
        job_id = jobs.submit("check", taken, profile)
    except jobs.Refused as refused:
        return _page(request, str(refused), 503)
    return redirect("check-job", job=job_id)


def _folder(job_id: str) -> Path:
    folder = jobs.job_folder(job_id, "check")
    if folder is None:
        raise Http404
    return folder


def _progress(job_id: str) -> dict[str, Any]:
    return {
        "status_url": reverse("check-status", args=[job_id]),
        "again_url": reverse("check"),
        "again": "重新选择文件",
        "crumb": "核对报告",
        "failed": "没有核对",
        "running": "正在核对",
    }


@public
@require_GET
@never_cache
def check_job(request: HttpRequest, job: str) -> HttpResponse:
    folder = _folder(job)
    status = read_status(folder)
    if status.state == "done":
        documents = json.loads((folder / "result" / "documents.json").read_text(encoding="utf-8"))
        context = {"job": job, "documents": documents, "kept": read_job(folder).keep, **drop_zone()}
        return render(request, "web/reports/check_result.html", context)
    response = render(request, "web/reports/progress.html", {"status": status, **_progress(job)})
    if not status.ended:
        response["Refresh"] = "2"  # pages without scripts follow the progress as well
    return response


@public
@require_GET
@never_cache
def check_status(request: HttpRequest, job: str) -> HttpResponse:
    status = read_status(_folder(job))
    response = render(request, "web/reports/_progress.html", {"status": status, **_progress(job)})
    if status.ended:
        response["HX-Refresh"] = "true"
    return response


@public
@require_POST
def check_remove(request: HttpRequest, job: str) -> HttpResponse:
    jobs.remove(_folder(job))
    return redirect("check")


@public
@require_POST
def check_keep(request: HttpRequest, job: str) -> HttpResponse:
    jobs.keep(_folder(job))
    return redirect("check-job", job=job)


@public
@require_GET
@never_cache
def check_copy(request: HttpRequest, job: str, number: int, form: str) -> HttpResponseBase:
    """One document's annotated page, Word copy or JSON."""
    suffix = _COPIES.get(form)
    path = _folder(job) / "result" / f"{number}{suffix}"
    if suffix is None or not path.is_file():
        raise Http404
    response = FileResponse(
        path.open("rb"),
        content_type=CONTENT_TYPES[suffix],
        as_attachment=suffix != ".html",
        filename=f"{number}-核对{suffix}",
    )
    response._csp_replace = REPORT_POLICY  # type: ignore[attr-defined]
    return response
