"""The pages say what the code does: every setting, verb, concept word and link."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from guangsha.cli.main import VERBS, build_parser
from guangsha.facts.concepts import CONCEPTS

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_in_the_table() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "guangsha").rglob("*.py"))
    used = set(re.findall(r"GUANGSHA_[A-Z_]+[A-Z]", code))
    documented = set(re.findall(r"GUANGSHA_[A-Z_]+[A-Z]", read("docs/operations/settings.md")))
    assert used <= documented


def test_every_verb_is_in_the_readme_and_explains_itself_in_chinese() -> None:
    text = read("README.md") + read("README.zh-CN.md") + read("CHANGELOG.md")
    for verb in VERBS:
        assert f"guangsha {verb}" in text, verb
    assert re.search(r"[一-鿿]", build_parser().format_help())


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_label_is_a_term_of_the_glossary() -> None:
    with (ROOT / "docs" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    terms = {row["term"] for row in rows}
    missing = sorted({c.label for c in CONCEPTS.values()} - terms)
    assert missing == []
    assert len(terms) == len(rows), "a term stands twice"


def test_no_glossary_word_that_is_not_to_be_used_is_used_in_the_interface() -> None:
    with (ROOT / "docs" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        avoid = {w for row in csv.DictReader(file) for w in row["avoid"].split("|") if w}
    pages = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "guangsha").rglob("*.html"))
    assert [word for word in avoid if word in pages] == []
