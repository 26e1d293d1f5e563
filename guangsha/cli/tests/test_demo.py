"""The demo: what its server is forked from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guangsha.cli.demo import examples_apart
from guangsha.kernel.errors import InputError


def test_the_server_of_the_demo_can_set_a_pdf_after_the_examples_were_evaluated(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from guangsha.cli.demo import examples_apart
examples_apart(Path({str(tmp_path)!r}))
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Document, Section
if not os.fork():
    signal.alarm(60)
    os._exit(0 if write_pdf(Document("标题", (Section(()),))).startswith(b"%PDF") else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0", "and none of what the examples printed"
    assert "示例，用时" in done.stderr, "what they say comes through"
    assert (tmp_path / "yueyang-2023" / "report.pdf").is_file()


def test_examples_that_cannot_be_written_stop_the_demo(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match="示例没有生成"):
        examples_apart(tmp_path / "taken")
