"""The busiest pages against a stock Django page: requests per second and the 99th percentile.

    python -m benchmarks.web                              # SQLite
    DATABASE_URL=postgresql://… python -m benchmarks.web  # PostgreSQL; an empty database

Builds a small demo district in a folder of its own, serves the house's pages (``/office/cases/``, ``/my/cases/<n>/``) and, beside
them, the same list and the same case as stock pages: model objects with their relations, a Django template, the same rows in a
frame with the same links and forms, signed in the same way. ``wrk`` asks 16 and 64 at a time, each contender in turn, when the server is idle again; medians of the rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PORT_WAIT_SECONDS = 60
#: Head, headings and foot as a stock page has them: our pages have them too.
STOCK_FRAME = """{% load static %}<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="{% static 'web/frame.css' %}"></head><body><header><p>{% now "Y年n月j日" %}　{{ request.user.name }}</p>
<form method="post" action="{% url 'portal-sign-out' %}">{% csrf_token %}<button type="submit">退出</button></form>
<nav><ul><li><a href="{% url 'portal-home' %}">首页</a></li><li><a href="{% url 'portal-services' %}">我要办</a></li>
<li><a href="{% url 'portal-track' %}">我要查</a></li><li><a href="{% url 'portal-notices' %}">公开</a></li>
<li><a href="{% url 'portal-my' %}">我的</a></li><li><a href="{% url 'portal-messages' %}">消息 {{ unread }}</a></li></ul></nav></header>
<main>{% block main %}{% endblock %}</main><footer><p>主办单位</p><a href="{% url 'reports' %}">绩效与决算公开</a></footer></body></html>"""
STOCK_LIST = """{% extends frame %}{% block title %}办件{% endblock %}{% block main %}
<h1>办件</h1><table><thead><tr><th>编号</th><th>事项</th><th>申请人</th><th>状态</th><th>机构</th><th>经办人</th>
<th>提交时间</th><th>期限</th></tr></thead><tbody>
{% for case in page_obj %}<tr{% if case.step_due_on and case.step_due_on < today %} class="late"{% endif %}>
<td><a href="{% url 'stock-case' case.number %}">{{ case.number }}</a></td><td>{{ case.service }}</td><td>{{ case.label }}</td>
<td>{{ case.get_state_display }}</td><td>{{ case.agency.name }}</td><td>{{ case.assignee.name|default:"" }}</td>
<td>{{ case.submitted_at|date:"Y年n月j日" }}</td><td>{{ case.step_due_on|date:"Y年n月j日"|default:"" }}</td></tr>
{% endfor %}</tbody></table>{% if page_obj.has_next %}<a href="?page={{ page_obj.next_page_number }}">下一页</a>{% endif %}
<p>{{ paginator.count }}</p>{% endblock %}"""
STOCK_CASE = """{% extends frame %}{% block title %}{{ case.number }}{% endblock %}{% block main %}
<h1>{{ case.service }}</h1><dl><dt>编号</dt><dd>{{ case.number }}</dd><dt>状态</dt><dd>{{ case.get_state_display }}</dd><dt>承办机构</dt>
<dd>{{ case.agency.name }}</dd><dt>申请人</dt><dd>{{ case.label }}</dd><dt>提交时间</dt><dd>{{ case.submitted_at|date:"Y年n月j日 H:i" }}</dd></dl><ol>
{% for edge in case.edges.all %}<li>{{ edge.act }} {{ edge.at|date:"Y年n月j日 H:i" }} {{ edge.message }}</li>{% endfor %}</ol><ul>
{% for item in case.decisions.all %}<li>{{ item.number }} {{ item.outcome }} {{ item.decided_at|date:"Y年n月j日" }}</li>{% endfor %}</ul>
{% for item in remedies %}<p>{{ item.get_state_display }} {{ item.due_on|date:"Y年n月j日" }}</p>{% endfor %}
<form method="post">{% csrf_token %}<label for="text">请求和理由</label><textarea id="text" name="text"></textarea><button type="submit">提交</button></form>
{% if rating %}<p>{{ rating.grade }}</p>{% endif %}
{% for title, rows in sections %}<h2>{{ title }}</h2><dl>{% for name, value in rows %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>{% endfor %}
<ul>{% for item in case.materials.all %}{% if item.stored %}<li>{{ item.file_name }} {{ item.size|filesizeformat }}</li>{% endif %}{% endfor %}</ul>
{% endblock %}"""

#: The stock pages live in a module that only the benchmark's server loads.
STOCK_URLS = """
from django.contrib.auth.decorators import login_required
from django.template import engines
from django.http import HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.core.paginator import Paginator
from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.rules import OPEN
from guangsha.areas.intake.models import Rating
from guangsha.notify.models import Message
from guangsha.people.actors import actor_of
from benchmarks.web import STOCK_CASE, STOCK_FRAME, STOCK_LIST

FRAME = engines["django"].from_string(STOCK_FRAME).template
LIST = engines["django"].from_string(STOCK_LIST)
PAGE = engines["django"].from_string(STOCK_CASE)

@login_required
def stock_list(request):
    rows = (cases_of(actor_of(request)).filter(state__in=[*OPEN, "reconsidering", "approved"])
            .select_related("agency", "assignee").order_by("priority", "step_due_on", "id"))
    paginator = Paginator(rows, 50)
    context = {"frame": FRAME, "unread": unread(request), "page_obj": paginator.get_page(request.GET.get("page")), "paginator": paginator, "today": timezone.localdate()}
    return HttpResponse(LIST.render(context, request))

@login_required
def stock_case(request, number):
    case = (cases_of(actor_of(request)).select_related("agency", "applicant")
            .prefetch_related("edges", "materials", "decisions").get(number=number))
    context = {"frame": FRAME, "unread": unread(request), "case": case, "remedies": case.remedies.all(),
               "rating": Rating.objects.filter(case=case).first(), "sections": list(sections(case.answers))}
    return HttpResponse(PAGE.render(context, request))

def unread(request):
    return Message.objects.filter(account=request.user, channel="inbox", read_at=None).count()

def sections(answers):
    # every answer in a row of its own, as our page shows them
    for group, given in answers.items():
        for row in given if isinstance(given, list) else [given]:
            yield group, list(row.items()) if isinstance(row, dict) else [(group, row)]

urlpatterns = [
    path("stock/cases/", stock_list, name="stock-list"),
    path("stock/cases/<str:number>/", stock_case, name="stock-case"),
    path("", include("guangsha.config.urls")),
]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--cpu", action="store_true", help="processor time and queries per page, without a server"
    )
    arguments = parser.parse_args()
    if shutil.which("wrk") is None and not arguments.cpu:
        sys.exit("wrk is not installed: nothing was measured (apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="guangsha-bench-") as folder:
        results = _measure(Path(folder), arguments)
    print(json.dumps(results, ensure_ascii=False, indent=1))


def _measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    (folder / "stock_urls.py").write_text(STOCK_URLS, encoding="utf-8")
    (folder / "bench_settings.py").write_text(
        'from guangsha.config.settings import *\nROOT_URLCONF = "stock_urls"\nLOGIN_URL = "/office/sign-in/"\n',
        encoding="utf-8",
    )
    os.environ.update(
        GUANGSHA_DATA=str(folder / "data"),
        GUANGSHA_SECOND_FACTOR="none",
        DJANGO_SETTINGS_MODULE="bench_settings",
    )
    sys.path.insert(0, str(folder))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    call_command("migrate", verbosity=0, interactive=False)
    from guangsha.demo import house
    from guangsha.demo.district import build_district

    house.refuse_real()
    if house.standing() == "empty":
        build_district(households=arguments.households)
    pages = _pages()
    vendor = connection.vendor
    if arguments.cpu:
        return {"database": vendor, **_processor(pages, arguments.rounds)}
    connections.close_all()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "error",
               "guangsha.config.wsgi:application"]  # fmt: skip
    paths = os.pathsep.join([str(folder), str(Path(__file__).resolve().parent.parent)])
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths})
    try:
        _wait(f"http://127.0.0.1:{port}/office/sign-in/")
        return {"database": vendor, "server": "gunicorn, 2 processes", **_rounds(port, pages, arguments)}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _pages() -> dict[str, tuple[str, str, str]]:
    """Name → our path, the stock path, the session that asks."""
    from guangsha.areas.intake.models import Case
    from guangsha.people.models import Account

    reviewer = Account.objects.get(username="reviewer")
    citizen = Account.objects.get(kind="citizen", name="李建国")
    number = Case.objects.filter(account=citizen, service="elig_apply").values_list("number", flat=True)[0]
    return {
        "list of cases": ("/office/cases/", "/stock/cases/", _session(reviewer)),
        "tracking page": (f"/my/cases/{number}/", f"/stock/cases/{number}/", _session(citizen)),
    }


def _session(account: Any) -> str:
    """A signed-in session, as the sign-in pages make it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["began"] = session["seen"] = int(time.time())
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _wait(address: str) -> None:
    for _ in range(PORT_WAIT_SECONDS * 5):
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    sys.exit("the server did not start")


def _rounds(
    port: int, pages: dict[str, tuple[str, str, str]], arguments: argparse.Namespace
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (ours, stock, cookie) in pages.items():
        sizes = {path: _size(port, path, cookie) for path in (ours, stock)}
        for users in (16, 64):
            runs: dict[str, list[tuple[float, float]]] = {ours: [], stock: []}
            for _ in range(arguments.rounds):
                for path in (ours, stock):
                    _drained(port)
                    runs[path].append(_wrk(port, path, cookie, users, arguments.seconds))
            row = {
                label: {
                    "requests_per_second": round(statistics.median(run[0] for run in runs[path]), 1),
                    "p99_ms": round(statistics.median(run[1] for run in runs[path]), 1),
                    "bytes": sizes[path],
                }
                for label, path in (("ours", ours), ("stock", stock))
            }
            found[f"{name}, {users} users"] = row
    return found


def _drained(port: int) -> None:
    """Waits until the server has answered whatever the last contender's users had asked when their time was over: it would be counted
    against the next one."""
    quick = 0
    while quick < 10:
        began = time.perf_counter()
        urllib.request.urlopen(f"http://127.0.0.1:{port}/office/sign-in/", timeout=60).read()
        quick = quick + 1 if time.perf_counter() - began < 0.05 else 0


def _processor(pages: dict[str, tuple[str, str, str]], rounds: int) -> dict[str, Any]:
    """Milliseconds of processor time per page through the server's entry, medians of rounds of ten, and queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from guangsha.config.wsgi import application

    def ask(path: str, cookie: str) -> None:
        told: list[str] = []
        request = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
                   "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": cookie, "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
                   "wsgi.url_scheme": "http"}  # fmt: skip
        answer = application(request, lambda status, _headers: told.append(status))
        b"".join(answer)
        answer.close()
        if not told[0].startswith("200"):
            sys.exit(f"{path} answered {told[0]}: nothing was measured")

    found: dict[str, Any] = {}
    for name, (ours, stock, cookie) in pages.items():
        spent: dict[str, list[float]] = {ours: [], stock: []}
        for path in (ours, stock, ours, stock):
            ask(path, cookie)
        for _ in range(max(rounds, 15)):
            for path, times in spent.items():
                began = time.process_time()
                for _ in range(10):
                    ask(path, cookie)
                times.append((time.process_time() - began) * 100)
        row: dict[str, Any] = {}
        for label, path in (("ours", ours), ("stock", stock)):
            with CaptureQueriesContext(connection) as queries:
                ask(path, cookie)
            row[label] = {"cpu_ms": round(statistics.median(spent[path]), 2), "queries": len(queries)}
        found[name] = {**row, "times less": round(row["stock"]["cpu_ms"] / row["ours"]["cpu_ms"], 2)}
    return found


def _size(port: int, path: str, cookie: str) -> int:
    """Bytes of the page, once; a page that is not there, or asks to sign in, is no measurement."""

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie})
    try:
        return len(urllib.request.build_opener(NoRedirect).open(request).read())
    except urllib.error.HTTPError as error:
        sys.exit(f"{path} answered {error.code}: nothing was measured")


def _wrk(port: int, path: str, cookie: str, users: int, seconds: int) -> tuple[float, float]:
    command = ["wrk", "-t1", f"-c{users}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-H", f"Cookie: {cookie}",
               f"http://127.0.0.1:{port}{path}"]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        sys.exit(f"{path} failed under load:\n{said}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if per_second is None or slowest is None:
        sys.exit(f"wrk said something else:\n{said}")
    if float(per_second[1]) * seconds < users:
        sys.exit(
            f"{path}: fewer answers than users in {seconds} s; this machine is busy: nothing was measured"
        )
    return float(per_second[1]), float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slowest[2]]


if __name__ == "__main__":
    main()
