"""The pages: what a visitor sees, what is refused, what is forgotten."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guangsha.evaluation import FILES
from guangsha.web import jobs, uploads
from guangsha.web.status import Status, read_status, write_status

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "yueyanglou-2025" / "figures.yaml"

# closing a file answer ends the request, which looks at the connection
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(tmp_path: Path, settings: object) -> Client:
    settings.GUANGSHA_PACKAGES = tmp_path / "packages"  # type: ignore[attr-defined]
    settings.GUANGSHA_UPLOADS = tmp_path / "uploads"  # type: ignore[attr-defined]
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def package(client: Client, tmp_path: Path) -> Path:
    """A package as the evaluator leaves it, small and hand-made."""
    folder = tmp_path / "packages" / "some-unit"
    folder.mkdir(parents=True)
    execution = {"budget": "22.00", "executed": "20.13", "rate": "91.5", "weight": "10", "score": "9.15"}
    sheet = {
        "id": "office", "name": "住房保障事务经费", "kind": "project", "execution": execution,
        "total": "99.15", "grade": "优", "published_total": "99.10",
    }  # fmt: skip
    scores = {"unit": "某中心<b>", "year": 2025, "profile": "yueyanglou", "sheets": [sheet], "rollup": None}
    finding = {
        "rule": "F02", "severity": "error", "kind": "percent", "message": "执行率应为 91.5%", "expected": "91.5",
        "found": "91", "tolerance": None, "advice": "请更正。", "facts": [],
        "where": [{"label": "执行率", "cell": "sheets[1]", "line": 3, "page": None, "table": None, "quote": None}],
    }  # fmt: skip
    relations = {"checked": 3, "held": 2, "tail": 0, "broken": 1, "not_checked": 4}
    for name in FILES:
        (folder / name).write_bytes(b"x")
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    (folder / "findings.json").write_text(
        json.dumps({"findings": [finding], "relations": relations}), encoding="utf-8"
    )
    return folder


def test_the_first_page_offers_workbooks_and_shows_examples(client: Client, package: Path) -> None:
    page = client.get("/reports/").content.decode()
    assert "99.15" in page and "99.10" in page and "yueyang.xlsx" in page
    assert "<b>" not in page.replace("<body>", "")


def test_a_package_page_shows_scores_findings_and_files(client: Client, package: Path) -> None:
    page = client.get("/examples/some-unit/").content.decode()
    assert "执行率应为 91.5%" in page and "report.docx" in page and "另有 4 条" in page


def test_every_page_carries_a_strict_content_policy(client: Client, package: Path) -> None:
    for address in ("/reports/", "/examples/some-unit/"):
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
    report = client.get("/examples/some-unit/report.html")
    report.close()
    assert "default-src 'none'" in report.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/examples/nothing/", "/examples/some-unit/secret.txt", "/examples/some-unit/..%2Fscores.json",
        "/packages/0123/", "/packages/" + "0" * 32 + "/", "/workbooks/nowhere.xlsx",
        "/workbooks/yueyang.xlsx?year=abc", "/workbooks/yueyang.xlsx?year=1900",
    ],
)  # fmt: skip
def test_unknown_and_forbidden_look_the_same(client: Client, package: Path, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_gives_an_empty_workbook(client: Client) -> None:
    answer = client.get("/workbooks/yueyang.xlsx?year=2025")
    assert answer.status_code == 200 and answer.content[:2] == b"PK"


def finished(client: Client, address: str) -> str:
    for _ in range(600):
        page = client.get(address).content.decode()
        if "正在处理" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("the job never ended")


def test_a_figures_file_comes_back_as_a_package_and_is_forgotten_on_request(client: Client) -> None:
    file = SimpleUploadedFile("figures.yaml", EXAMPLE.read_bytes())
    answer = client.post("/packages/", {"file": file, "profile": ""})
    assert answer.status_code == 302
    page = finished(client, answer.url)
    assert "成果包" in page and "99.15" in page
    pdf = client.get(answer.url + "report.pdf")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    pdf.close()
    assert client.post(answer.url + "remove").status_code == 302
    assert client.get(answer.url).status_code == 404


def test_a_damaged_workbook_is_answered_with_a_sentence(client: Client) -> None:
    file = SimpleUploadedFile("本年数据.xlsx", b"PK\x03\x04 not really")
    page = finished(client, client.post("/packages/", {"file": file}).url)
    assert "没有生成成果包" in page and "本年数据.xlsx" in page
    assert "Traceback" not in page and "input.xlsx" not in page


@pytest.mark.parametrize(
    ("name", "content", "code", "word"),
    [("报告.docx", b"x", 400, "不是工作簿"), ("x.xlsx", None, 400, "请先选择")],
)
def test_refuses_what_it_cannot_use(
    client: Client, name: str, content: bytes | None, code: int, word: str
) -> None:
    data = {"file": SimpleUploadedFile(name, content)} if content else {}
    answer = client.post("/packages/", data)
    assert answer.status_code == code and word in answer.content.decode()


def test_stops_an_upload_that_is_too_large(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_BYTES_MAX", 1000)
    answer = client.post("/packages/", {"file": SimpleUploadedFile("x.xlsx", b"x" * 200_000)})
    assert answer.status_code == 413 and "没有接收" in answer.content.decode()
    assert not (tmp_path / "uploads").exists()


def test_a_form_from_elsewhere_is_refused(tmp_path: Path) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    answer = strict.post("/packages/", {"file": SimpleUploadedFile("x.xlsx", b"x")})
    assert answer.status_code == 403 and "页面已过期" in answer.content.decode()


def test_too_many_waiting_uploads_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "QUEUE_MAX", 0)
    answer = client.post("/packages/", {"file": SimpleUploadedFile("x.xlsx", b"x")})
    assert answer.status_code == 503 and "几分钟" in answer.content.decode()


def test_progress_is_shown_and_a_dead_worker_is_told(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "uploads" / ("a" * 32)
    folder.mkdir(parents=True)
    write_status(folder, Status("running", 40, "计算得分", "x.xlsx"))
    with jobs.held(folder):  # a worker is at it
        page = client.get(f"/packages/{'a' * 32}/")
        assert "计算得分" in page.content.decode() and page.headers["Refresh"] == "2"
        assert "HX-Refresh" not in client.get(f"/packages/{'a' * 32}/status").headers
    monkeypatch.setattr(jobs.sys, "executable", shutil.which("false"))
    jobs.run_worker(folder)
    assert read_status(folder).state == "failed"
    assert client.get(f"/packages/{'a' * 32}/status").headers["HX-Refresh"] == "true"


def test_old_uploads_are_removed(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "uploads" / ("b" * 32)
    folder.mkdir(parents=True)
    jobs.remove_old(now=time.time() + jobs.KEEP_SECONDS + 60)
    assert not folder.exists()
