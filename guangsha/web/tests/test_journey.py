"""A visitor's journey in a real browser: see the examples, drop a file, follow the progress, read the package."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from guangsha.testing.published import evaluation_text
from guangsha.testing.template import lay

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server with one example package."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "guangsha.cli.main"]
    subprocess.run(
        [*command, "evaluate", str(EXAMPLES / "yueyanglou-2025"), "--out", str(folder / "yueyanglou-2025")],
        check=True,
        capture_output=True,
    )
    lay(Path(settings.GUANGSHA_DATA) / "guangsha.sqlite3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port), "--packages", str(folder)], stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):  # the first start builds the database
            try:
                urllib.request.urlopen(address + "/reports/", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("the server did not answer")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(params=[(1280, 900), (360, 740)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: object, site: str) -> Iterator[object]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")  # type: ignore[attr-defined]
    opened = context.new_page()
    opened.problems = []
    opened.on("console", lambda m: opened.problems.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda e: opened.problems.append(str(e)))
    opened.on(
        "request",
        lambda r: opened.problems.append(r.url) if not r.url.startswith((site, "data:", "blob:")) else None,
    )
    yield opened
    assert opened.problems == [], "console messages, or requests to another host"
    context.close()


def no_sideways_scroll(page: object) -> bool:
    page.wait_for_function("document.readyState !== 'loading'")  # type: ignore[attr-defined]  # a click may have led elsewhere
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))  # type: ignore[attr-defined]


def test_a_visitor_reads_an_example(page: object, site: str) -> None:
    page.goto(site + "/reports/")  # type: ignore[attr-defined]
    assert no_sideways_scroll(page)
    page.get_by_role("link", name="岳阳市住房保障服务中心岳阳楼区分中心").click()  # type: ignore[attr-defined]
    assert "99.79" in page.inner_text("main")  # type: ignore[attr-defined]
    assert no_sideways_scroll(page)
    page.get_by_role("link", name="report.html").click()  # type: ignore[attr-defined]
    assert "99.15" in page.inner_text("body")  # type: ignore[attr-defined]
    assert no_sideways_scroll(page)


def test_a_finance_officer_drops_a_file_and_takes_the_package(page: object, site: str) -> None:
    page.goto(site + "/reports/")  # type: ignore[attr-defined]
    page.set_input_files("#file", str(EXAMPLES / "yueyang-2023" / "figures.yaml"))  # type: ignore[attr-defined]
    page.get_by_role("button", name="开始生成").click()  # type: ignore[attr-defined]
    page.get_by_role("link", name="report.docx").wait_for(timeout=60_000)  # type: ignore[attr-defined]
    assert "97.94" in page.inner_text("main")  # type: ignore[attr-defined]
    with page.expect_download() as download:  # type: ignore[attr-defined]
        page.get_by_role("link", name="report.docx").click()  # type: ignore[attr-defined]
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="删除上传的文件和成果包").click()  # type: ignore[attr-defined]
    page.wait_for_url(site + "/reports/")  # type: ignore[attr-defined]


def test_a_reader_drops_a_published_report_and_jumps_between_text_and_findings(
    page: object, site: str, tmp_path: Path
) -> None:
    report = tmp_path / "自评报告.txt"
    report.write_text(evaluation_text(rate="91.00%"), encoding="utf-8")
    page.goto(site + "/reports/")  # type: ignore[attr-defined]
    page.set_input_files("#files", str(report))  # type: ignore[attr-defined]
    page.get_by_role("button", name="开始核对").click()  # type: ignore[attr-defined]
    page.get_by_role("link", name="在原文中查看全部发现").click(timeout=60_000)  # type: ignore[attr-defined]
    assert no_sideways_scroll(page)
    mark = page.locator("mark.error").filter(has_text="91.00%")  # type: ignore[attr-defined]
    mark.locator("a.ref").first.click()
    assert "F02" in page.locator(".finding:target").inner_text()  # type: ignore[attr-defined]
    page.locator(".finding:target .places a").first.click()  # type: ignore[attr-defined]
    assert "91.00%" in page.locator("mark:target").inner_text()  # type: ignore[attr-defined]
    page.locator("mark:target a.fig").first.click()  # type: ignore[attr-defined]
    taking = page.locator(".taking:target")  # type: ignore[attr-defined]
    assert taking.is_visible() and "不符" in taking.inner_text() and "F02" in taking.inner_text()
    taking.get_by_role("link", name="关闭").click()
    assert not taking.is_visible()
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    results = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert results.violations_count == 0, results.generate_report()
    page.get_by_role("link", name="返回").click()  # type: ignore[attr-defined]
    page.get_by_role("button", name="立即删除结果").click()  # type: ignore[attr-defined]
    page.wait_for_url(site + "/check/")  # type: ignore[attr-defined]


def test_pages_have_no_accessibility_fault(page: object, site: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for address in (
        "/reports/",
        "/check/",
        "/examples/yueyanglou-2025/",
        "/examples/yueyanglou-2025/report.html",
        "/nothing/",
    ):
        page.goto(site + address)  # type: ignore[attr-defined]
        results = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert results.violations_count == 0, f"{address}: {results.generate_report()}"
    page.problems[:] = [p for p in page.problems if "404" not in p]  # type: ignore[attr-defined]


def test_a_visitor_without_scripts_is_served_too(browser: object, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(site + "/reports/")
    page.set_input_files("#file", str(EXAMPLES / "bureau-2023" / "figures.yaml"))
    page.get_by_role("button", name="开始生成").click()
    page.get_by_role("link", name="report.docx").wait_for(timeout=60_000)
    assert "96.3" in page.inner_text("main")
    context.close()
