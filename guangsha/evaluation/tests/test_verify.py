"""The report read back before it is handed out: every example holds, a changed figure does not pass."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.intake import read_input
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.docx import write_docx
from guangsha.evaluation import Evaluation, evaluate, evaluate_facts
from guangsha.evaluation.verify import PackageDiffers, verify_package
from guangsha.kernel.errors import GuangshaError
from guangsha.testing.reports import YEARS, filled_years, unit_years

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def written(evaluation: Evaluation) -> dict[str, bytes]:
    document = build_report(
        evaluation.facts, evaluation.profile, evaluation.scores, evaluation.checked, evaluation.accounts
    )
    return {"report.docx": write_docx(document)}


def changed(data: bytes, old: str, new: str) -> bytes:
    """A Word file with every ``old`` in its text replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "word/document.xml":
                assert old.encode() in content
                content = content.replace(f">{old}<".encode(), f">{new}<".encode())
            copy.writestr(entry, content)
    return target.getvalue()


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_every_example_says_what_was_computed(example: str) -> None:
    evaluation = evaluate_facts(read_input(EXAMPLES / example))
    verify_package(written(evaluation), evaluation.facts, evaluation.scores)


@pytest.mark.parametrize(
    ("example", "old", "new"),
    [
        ("yueyanglou-2025", "100.00", "99.79"), ("yueyanglou-2025", "922.44", "922.84"),
        ("yueyang-2023", "97.94", "97.49"), ("jiangan-2024", "1049.32", "1094.32"),
    ],
)  # fmt: skip
def test_a_figure_written_otherwise_is_our_fault_and_told(example: str, old: str, new: str) -> None:
    evaluation = evaluate_facts(read_input(EXAMPLES / example))
    files = {"report.docx": changed(written(evaluation)["report.docx"], old, new)}
    with pytest.raises(PackageDiffers, match="没有交付"):
        verify_package(files, evaluation.facts, evaluation.scores)


def test_nothing_is_written_when_the_report_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def differs(*_anything: object) -> None:
        raise PackageDiffers("写出的报告与数据不符")

    monkeypatch.setattr("guangsha.evaluation.package.verify_package", differs)
    with pytest.raises(PackageDiffers):
        evaluate(EXAMPLES / "bureau-2023", tmp_path / "package")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("profile", sorted(YEARS))
@pytest.mark.parametrize("years", [unit_years, filled_years])
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_what_anybody_may_fill_in_comes_back_as_it_was_printed(
    profile: str, years: object, data: st.DataObject
) -> None:
    facts = data.draw(years(profile))  # type: ignore[operator]
    try:
        evaluation = evaluate_facts(facts)
    except GuangshaError:
        return  # cannot be scored: no package is written
    verify_package(written(evaluation), evaluation.facts, evaluation.scores)
