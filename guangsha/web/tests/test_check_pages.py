"""Checking reports on the web: what a visitor drops, what comes back, what is forgotten."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guangsha.testing.published import evaluation_text
from guangsha.web import jobs, uploads
from guangsha.web.status import Job, Status, read_status, write_job, write_status

# closing a file answer ends the request, which looks at the connection
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(tmp_path: Path, settings: object) -> Client:
    settings.GUANGSHA_PACKAGES = tmp_path / "packages"  # type: ignore[attr-defined]
    settings.GUANGSHA_UPLOADS = tmp_path / "uploads"  # type: ignore[attr-defined]
    return Client(headers={"host": "127.0.0.1"})


def report(name: str = "自评报告.txt", **changes: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, evaluation_text(**changes).encode())


def finished(client: Client, address: str) -> str:
    for _ in range(600):
        page = client.get(address).content.decode()
        if "正在核对" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("the job never ended")


def test_both_pages_offer_a_drop_zone_for_several_files(client: Client) -> None:
    for address in ("/reports/", "/check/"):
        page = client.get(address).content.decode()
        assert 'name="files"' in page and "multiple" in page and "核对已公开的报告" in page


def test_a_report_comes_back_with_its_contradiction_marked_in_the_text(client: Client) -> None:
    answer = client.post("/check/", {"files": [report(rate="91.00%")]})
    assert answer.status_code == 302
    page = finished(client, answer.url)
    assert "F02" in page and "自评报告.txt" in page
    annotated = client.get(answer.url + "1.html")
    body = b"".join(annotated.streaming_content).decode()
    annotated.close()
    assert re.search(r'<mark class="error"[^>]*><a class="fig broken"[^>]*>91\.00%', body)
    assert "default-src 'none'" in annotated.headers["Content-Security-Policy"]
    data = client.get(answer.url + "1.json")
    found = json.loads(b"".join(data.streaming_content))
    data.close()
    assert "F02" in {finding["rule"] for finding in found["findings"]}


def test_several_files_and_a_zip_are_checked_together_and_a_bad_one_is_told(client: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("包里的报告.txt", evaluation_text())
    given = [
        report(),
        SimpleUploadedFile("全部.zip", packed.getvalue()),
        SimpleUploadedFile("坏.docx", b"PK\x03\x04"),
    ]
    page = finished(client, client.post("/check/", {"files": given}).url)
    assert "自评报告.txt" in page and "全部.zip/包里的报告.txt" in page and "坏.docx" in page
    assert page.count("在原文中查看全部发现") == 2 and "Traceback" not in page


def test_a_file_that_cannot_be_used_is_answered_with_a_sentence(client: Client, tmp_path: Path) -> None:
    page = finished(
        client, client.post("/check/", {"files": [SimpleUploadedFile("空.pdf", b"%PDF-1.4")]}).url
    )
    assert "没有核对" in page and "空.pdf" in page
    assert str(tmp_path) not in page


def test_uploads_are_gone_after_the_check_and_the_result_on_request(client: Client, tmp_path: Path) -> None:
    answer = client.post("/check/", {"files": [report()]})
    finished(client, answer.url)
    (folder,) = (tmp_path / "uploads").iterdir()
    assert not (folder / "input").exists()
    assert client.post(answer.url + "remove").status_code == 302
    assert not folder.exists() and client.get(answer.url).status_code == 404


def test_results_go_after_an_hour_unless_the_visitor_keeps_them(client: Client, tmp_path: Path) -> None:
    job_id = "c" * 32
    folder = tmp_path / "uploads" / job_id
    folder.mkdir(parents=True)
    write_job(folder, Job("check"))
    write_status(folder, Status("running", 40, "核对勾稽关系", "x.docx"))
    with jobs.held(folder):
        assert client.post(f"/check/{job_id}/keep").status_code == 302
    jobs.remove_old(now=time.time() + jobs.CHECK_KEEP_SECONDS + 60)
    assert folder.exists()
    write_job(folder, Job("check"))
    jobs.remove_old(now=time.time() + jobs.CHECK_KEEP_SECONDS + 60)
    assert not folder.exists()


def test_a_check_is_no_package_and_the_other_way_round(client: Client, tmp_path: Path) -> None:
    for kind, letter in (("check", "d"), ("package", "e")):
        folder = tmp_path / "uploads" / (letter * 32)
        folder.mkdir(parents=True)
        write_job(folder, Job(kind))
        write_status(folder, Status("running", 1, "读取", "x"))
    with jobs.held(tmp_path / "uploads" / ("d" * 32)):
        assert client.get(f"/packages/{'d' * 32}/").status_code == 404
        assert client.get(f"/check/{'e' * 32}/").status_code == 404
        assert client.get(f"/check/{'d' * 32}/").status_code == 200


def test_a_check_that_a_server_left_is_taken_up_when_somebody_asks(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the upload and the check, or in the middle of it: the next server does it, once."""
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0)
    left, under_way = tmp_path / "uploads" / ("1" * 32), tmp_path / "uploads" / ("2" * 32)
    for folder, status in ((left, Status("running", 40, "读取", "x")), (under_way, None)):
        place = folder / "input" / "0"
        place.mkdir(parents=True)
        (place / "自评.txt").write_text(evaluation_text(rate="91.00%"), encoding="utf-8")
        write_job(folder, Job("check"))
        if status:
            write_status(folder, status)
    with jobs.held(left):  # its worker outlived the server
        client.get(f"/check/{left.name}/")
        time.sleep(0.3)
        assert read_status(left).state == "running"
    page = finished(client, f"/check/{left.name}/")
    assert read_status(left).state == "done" and "自评.txt" in page
    assert not (under_way / "status.json").exists(), "an upload that is not whole is nobody's work yet"


@pytest.mark.parametrize(
    "address", ["/check/0123/", "/check/" + "0" * 32 + "/1.html", "/check/" + "0" * 32 + "/status"]
)
def test_unknown_results_look_like_nothing(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_refuses_nothing_too_many_and_other_formats(client: Client) -> None:
    assert "请先选择" in client.post("/check/", {}).content.decode()
    answer = client.post("/check/", {"files": [SimpleUploadedFile("a.exe", b"MZ")]})
    assert answer.status_code == 400 and "不是能核对的文档" in answer.content.decode()
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(21)]
    assert "一次最多" in client.post("/check/", {"files": many}).content.decode()


def test_stops_an_upload_that_is_too_large(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHECK_BYTES_MAX", 1000)
    answer = client.post("/check/", {"files": [SimpleUploadedFile("x.pdf", b"x" * 200_000)]})
    assert answer.status_code == 413 and "没有接收" in answer.content.decode()


def test_the_name_of_a_file_cannot_leave_its_folder(client: Client, tmp_path: Path) -> None:
    answer = client.post("/check/", {"files": [report("../../../逃.txt")]})
    page = finished(client, answer.url)
    assert "逃.txt" in page and not list(tmp_path.glob("逃*"))
