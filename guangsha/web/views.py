"""Pages: the first page, a package, an upload and its progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.documents.writing.workbook import write_workbook
from guangsha.evaluation import FILES
from guangsha.kernel.errors import RuleMissing
from guangsha.people.actors import actor_of
from guangsha.people.gates import public
from guangsha.scoring.profile import load_profile
from guangsha.web import jobs
from guangsha.web.check_views import drop_zone
from guangsha.web.packages import CONTENT_TYPES, Package, find_package, list_packages, load_package
from guangsha.web.places import REPORT_POLICY, YEARS, offered_profiles
from guangsha.web.readable import Unreadable
from guangsha.web.status import read_status
from guangsha.web.uploads import TOO_LARGE, UPLOAD_BYTES_MAX

UPLOAD_SUFFIXES = (".xlsx", ".yaml", ".yml", ".json")


@public
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    return _reports(request)


def _reports(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "packages": list_packages(Path(settings.GUANGSHA_PACKAGES)),
        "profiles": offered_profiles(),
        "error": error,
        "upload_mb": UPLOAD_BYTES_MAX // 1024 // 1024,
        "accept": ",".join(UPLOAD_SUFFIXES),
        **drop_zone(),
    }
    return render(request, "web/reports/home.html", context, status=status)


@public
@require_GET
def example(request: HttpRequest, name: str) -> HttpResponse:
    package = find_package(Path(settings.GUANGSHA_PACKAGES), name)
    if package is None:
        raise Http404
    return render(
        request, "web/reports/package.html", {"package": package, "base": request.path, "job": None}
    )


@public
@require_GET
def example_file(request: HttpRequest, name: str, file: str) -> HttpResponseBase:
    return _file(find_package(Path(settings.GUANGSHA_PACKAGES), name), file)


@public
@require_GET
def workbook(request: HttpRequest, profile: str) -> HttpResponse:
    try:
        year = int(request.GET.get("year", YEARS[0]))
        content = write_workbook(load_profile(profile, year), year=year)
    except (ValueError, RuleMissing) as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=CONTENT_TYPES[".xlsx"])
    response["Content-Disposition"] = f'attachment; filename="guangsha-{profile}-{year}.xlsx"'
    return response


@public
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")  # reading the body decides whether it was too large
    if getattr(request, TOO_LARGE, False):
        return _reports(
            request, f"文件超过 {UPLOAD_BYTES_MAX // 1024 // 1024} MB，没有接收。请检查是否选错了文件。", 413
        )
    if file is None or not file.name:
        return _reports(request, "请先选择要处理的文件。", 400)
    if Path(file.name).suffix.lower() not in UPLOAD_SUFFIXES:
        return _reports(
            request, f"“{file.name}”不是工作簿或数据文件。请选择 .xlsx、.yaml 或 .json 文件。", 400
        )
    profile = request.POST.get("profile", "")
    if profile and profile not in {offered["id"] for offered in offered_profiles()}:
        return _reports(request, "没有这个口径模板，请重新选择。", 400)
    try:
        job_id = jobs.submit("package", [jobs.Upload(file.name, file.chunks())], profile)
    except jobs.Refused as refused:
        return _reports(request, str(refused), 503)
    return redirect("job", job=job_id)


def _job(job_id: str) -> Path:
    folder = jobs.job_folder(job_id, "package")
    if folder is None:
        raise Http404
    return folder


def _progress(job_id: str) -> dict[str, Any]:
    return {
        "status_url": reverse("job-status", args=[job_id]),
        "again_url": reverse("reports"),
        "again": "更正后重新上传",
        "crumb": "生成成果包",
        "failed": "没有生成成果包",
        "running": "正在处理",
    }


@public
@require_GET
@never_cache
def job(request: HttpRequest, job: str) -> HttpResponse:
    folder = _job(job)
    status = read_status(folder)
    package = load_package(folder / "package", job) if status.state == "done" else None
    if package is not None:
        return render(
            request, "web/reports/package.html", {"package": package, "base": request.path, "job": job}
        )
    response = render(request, "web/reports/progress.html", {"status": status, **_progress(job)})
    if not status.ended:
        response["Refresh"] = "2"  # pages without scripts follow the progress as well
    return response


@public
@require_GET
@never_cache
def job_status(request: HttpRequest, job: str) -> HttpResponse:
    status = read_status(_job(job))
    response = render(request, "web/reports/_progress.html", {"status": status, **_progress(job)})
    if status.ended:
        response["HX-Refresh"] = "true"
    return response


@public
@require_http_methods(["POST"])
def job_remove(request: HttpRequest, job: str) -> HttpResponse:
    jobs.remove(_job(job))
    return redirect("reports")


@public
@require_GET
@never_cache
def job_file(request: HttpRequest, job: str, file: str) -> HttpResponseBase:
    return _file(load_package(_job(job) / "package", job), file)


def _file(package: Package | None, file: str) -> HttpResponseBase:
    if package is None or file not in FILES or not (package.folder / file).is_file():
        raise Http404
    path = package.folder / file
    shown = path.suffix in (".html", ".pdf", ".json")
    response = FileResponse(
        path.open("rb"),
        content_type=CONTENT_TYPES[path.suffix],
        as_attachment=not shown,
        filename=f"{package.name}-{file}",
    )
    # A report page is one self-contained file: its own style inline, nothing else allowed.
    response._csp_replace = REPORT_POLICY  # type: ignore[attr-defined]
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _message(
        request, 404, "没有找到这个页面", "地址可能有误，或者链接已经过期。可以回首页按名称查找。"
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, Unreadable):
        return _message(request, 400, "内容无法识别", str(exception))
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return _message(
            request, 400, "提交的内容过多", "一次提交的内容太多，没有接收。请减少内容或分几次提交。"
        )
    return _message(request, 400, "请求不完整", "请返回首页重新操作。")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _message(request, 403, "页面已过期", "请返回上一页，刷新后重新提交。")


def server_error(request: HttpRequest) -> HttpResponse:
    """Made without the frame: whatever failed may fail there again."""
    return HttpResponse(loader.get_template("web/fault.html").render(), status=500)


def _message(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    actor = actor_of(request)
    office = request.path.startswith("/office/") and actor is not None and actor.kind == "staff"
    context = {
        "title": title,
        "text": text,
        "frame_name": "web/office_frame.html" if office else "web/portal_frame.html",
        "back": "/office/" if office else "/",
    }
    return render(request, "web/message.html", context, status=status)
