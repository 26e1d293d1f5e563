"""The house keeps its shape: exact numbers, small functions, no stranger's host, nothing of this machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "guangsha"
#: Our own words: not tests, not the migrations that Django writes.
SOURCES = sorted(p for p in PACKAGE.rglob("*.py") if "tests" not in p.parts and "migrations" not in p.parts)

#: Rooms where money and scores live.
EXACT_ROOMS = ("kernel", "facts", "policy", "scoring", "checker", "evaluation")

FUNCTION_LINES_MAX = 90
FILE_LINES_MAX = 600


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("这里不是 git 检出的目录，无法列出文件")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("room", EXACT_ROOMS)
def test_no_float_touches_money_or_a_score(room: str) -> None:
    found = []
    for path in SOURCES:
        if path.relative_to(PACKAGE).parts[0] != room or path.name == "accounts_layout.py":  # column widths
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            if literal or call:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_functions_and_files_stay_small_enough_to_read() -> None:
    long_functions, long_files = [], []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > FILE_LINES_MAX:
            long_files.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    long_functions.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length}")
    assert (long_functions, long_files) == ([], [])


def test_every_module_says_what_it_holds() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_identifiers_are_english_words_without_pinyin_initials() -> None:
    banned = re.compile(r"\b(gzf|bzf|zfbz|jxzp|sbgz|czbt|bmjs)\w*", re.IGNORECASE)
    found = [str(p.relative_to(ROOT)) for p in SOURCES if banned.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_pages_and_styles_ask_no_other_host() -> None:
    outside = re.compile(r"""(?:src|href|url\(|@import)\s*=?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)
    for path in [*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.js")]:
        assert not outside.search(path.read_text(encoding="utf-8")), path


def test_nothing_of_a_machine_or_a_registry_is_committed() -> None:
    # Written apart so that this file does not find itself.
    banned = re.compile(
        "|".join(("/wo" + "rk/", "/tmp/ba" + "sh_jobs", "/ro" + "ot/", "file:///" + "opt", "pypi" + r"\.org"))
    )
    found = []
    for path in tracked():
        if path.name == "uv.lock" or path.suffix in (".png", ".ttf", ".docx", ".xlsx", ".pdf"):
            continue
        if banned.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_the_lock_names_only_the_public_registry() -> None:
    hosts = set(re.findall(r'https?://([^/"]+)', (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts <= {"pypi" + ".org", "files.pythonhosted" + ".org"}


def test_what_the_house_imports_is_installed_without_the_tools_of_its_developers() -> None:
    """``make demo`` installs the dependencies alone: a package that only a test brings along is missing there."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *declared["dependencies"],
        *(line for more in declared["optional-dependencies"].values() for line in more),
    ]
    wanted = {canonical(name_in(line)) for line in lines}
    rest = list(wanted)
    while rest:  # what they bring along
        try:
            brought = requires(rest.pop()) or []
        except PackageNotFoundError:
            continue  # an extra that is not installed here
        more = {canonical(name_in(line)) for line in brought if "extra ==" not in line} - wanted
        wanted |= more
        rest += more
    homes = packages_distributions()
    missing = set()
    for path in sorted((ROOT / "guangsha").rglob("*.py")):
        if "tests" in path.parts or "testing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {one.partition(".")[0] for one in names} - sys.stdlib_module_names - {"guangsha"}:
                if not wanted & {canonical(home) for home in homes.get(name, [name])}:
                    missing.add(f"{path.relative_to(ROOT)}: {name}")
    assert missing == set()


def canonical(name: str) -> str:
    """The name of a distribution as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_in(requirement: str) -> str:
    """``numpy`` of ``numpy>=2.2,<3; python_version > '3'``."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
