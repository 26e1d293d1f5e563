"""What ``guangsha check`` finds in reports whose every relation a careful reader listed, and in copies with one digit changed.

    python -m benchmarks.checker [--document NAME …] [--mutants N] [--seed N] [--others N] [--misses N]
                               [--quick] [--json]

For each of the three published reports beside the checkout (their lists: ``tests/reading/annotations``):

* **mistakes**: which of the listed mistakes are told; errors that speak of none of them;
* **relations**: which of the listed relations the checker has, read from the figures that its relations name (see
  ``guangsha.testing.coverage``) and shown by breaking each once (``guangsha.testing.mutants.known_relations``); errors called on relations that hold, tails called errors;
* **mutants**: seeded copies with one digit of a related figure changed: found, and pointed at.

Then copies of documents that nobody tuned anything to: the examples and generated units' reports, written as
docx, html, pdf and xlsx.
Two processes share the work. docs/algorithms/checking-measured.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed

from guangsha.documents.reading.intake import read_input
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.html import write_html
from guangsha.documents.writing.pdf import write_pdf
from guangsha.evaluation.package import Evaluation, evaluate_facts, render
from guangsha.facts.fact import FactSet
from guangsha.kernel.findings import Finding, Outcome, Severity
from guangsha.testing.annotations import Annotated, AnnotatedReport, Text, load_annotations
from guangsha.testing.coverage import covered_relations
from guangsha.testing.mutants import (
    Change,
    Mutant,
    annotated_mutants,
    checked_copy,
    findings_in,
    judge,
    known_relations,
    mutants_for_all,
    mutated_text,
    new_findings,
    repeated_mutants,
    tells_of,
    tells_of_mistake,
    unlisted_errors,
    wrongly_called,
)
from guangsha.testing.reports import YEARS, unit_years
from guangsha.testing.transcription import CHECKOUT, EXAMPLES, REPORTS, SHARED
from guangsha.testing.written_mutants import written_mutants

#: Formats that other documents are tried in, and the file of the package.
OTHER_FORMATS = {"docx": "report.docx", "html": "report.html", "pdf": "report.pdf", "xlsx": "tables.xlsx"}
ANNOTATIONS = CHECKOUT / "tests" / "reading" / "annotations"
PROCESSES = 2


@dataclass
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def add(self, got: bool) -> None:
        self.whole += 1
        self.part += got

    def __str__(self) -> str:
        return f"{self.part}/{self.whole} ({100 * self.part / self.whole:.1f} %)" if self.whole else "–"


@dataclass
class Measured:
    """The measure of one report, ready to print."""

    document: str
    seconds_per_check: float = 0
    tally: dict[str, int] = field(default_factory=dict)
    told: Share = field(default_factory=Share)
    told_of_figures: Share = field(default_factory=Share)
    covered: Share = field(default_factory=Share)
    relations: Share = field(default_factory=Share)
    unbreakable: int = 0
    relations_by_kind: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    found: Share = field(default_factory=Share)
    pointed: Share = field(default_factory=Share)
    partner: Share = field(default_factory=Share)
    found_by_kind: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    false_errors: list[str] = field(default_factory=list)
    wrongly_called: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    unpointed: list[str] = field(default_factory=list)


# --- the published reports --------------------------------------------------------------------------------------

_Job = tuple[str, str]  # name of the file, its whole text


def _check(job: _Job) -> tuple[Finding, ...]:
    name, content = job
    return findings_in(content.encode("utf-8"), name)


def measure(
    report: AnnotatedReport,
    text: Text,
    mutants: int,
    seed: int,
    pool: multiprocessing.pool.Pool,
    quick: bool = False,
) -> Measured:
    """Check ``report`` and its mutants, and set what was found against the list."""
    result = Measured(report.document)
    start = time.perf_counter()
    whole = checked_copy("\n".join(text.lines).encode("utf-8"), report.document)
    result.seconds_per_check = time.perf_counter() - start
    result.tally, before = whole.tally.as_json(), whole.findings
    _mistakes(result, report, before)
    covered = covered_relations(report, whole.relations)
    for relation in report.relations:
        result.covered.add(relation.id in covered)
    tried = annotated_mutants(report, text, mutants, seed)
    each, unbreakable = ([], []) if quick else mutants_for_all(report, text, seed)
    jobs = [(report.document, mutated_text(text, mutant)) for mutant in [*tried, *each]]
    found = pool.map(_check, jobs, chunksize=4)
    _mutants(result, before, tried, found[: len(tried)])
    result.unbreakable = len(unbreakable)
    if quick:
        return result
    _relations(result, report, unbreakable, before, each, found[len(tried) :])
    return result


def _mistakes(result: Measured, report: AnnotatedReport, before: Sequence[Finding]) -> None:
    for mistake in report.mistakes:
        told = bool(tells_of_mistake(mistake, before))
        result.told.add(told)
        if mistake.of_figures:
            result.told_of_figures.add(told)
        if not told:
            result.untold.append(f"{mistake.id} {sorted(mistake.lines)} {mistake.why}")
    result.false_errors = [_say(finding) for finding in unlisted_errors(report, before)]
    for relation in report.relations:
        if relation.outcome is not Outcome.BROKEN:
            result.wrongly_called += [
                f"{relation.id} {relation.note}: {_say(f)}" for f in wrongly_called(report, relation, before)
            ]


def _mutants(
    result: Measured, before: Sequence[Finding], mutants: Iterable[Mutant], found: Iterable[Sequence[Finding]]
) -> None:
    for mutant, after in zip(mutants, found, strict=True):
        verdict = judge(mutant, before, after)
        result.found.add(verdict.found)
        result.pointed.add(verdict.points)
        result.partner.add(verdict.points or verdict.partner)
        for kind in mutant.kinds:
            result.found_by_kind[kind].add(verdict.found)
        if not verdict.found:
            result.missed.append(str(mutant))
        elif not verdict.points:
            result.unpointed.append(f"{mutant} {'、'.join(verdict.rules)}")


def _relations(
    result: Measured,
    report: AnnotatedReport,
    unbreakable: Sequence[Annotated],
    before: Sequence[Finding],
    mutants: Sequence[Mutant],
    found: Iterable[Sequence[Finding]],
) -> None:
    changes = [(m, new_findings(before, after)) for m, after in zip(mutants, found, strict=True)]
    known = known_relations(report, changes)
    for relation in report.relations:
        if relation in unbreakable:
            continue
        has = relation.id in known
        result.relations.add(has)
        result.relations_by_kind[relation.kind].add(has)
        if not has:
            figures = " ".join(map(str, relation.figures))
            result.missing.append(f"{relation.id} {relation.kind} {relation.note}: {figures}")


def _say(finding: Finding) -> str:
    lines = sorted({place.line for place in finding.where if place.line})
    return f"{finding.rule} {lines} {finding.message}"


# --- documents that nobody tuned anything to --------------------------------------------------------------------


@dataclass
class OtherMeasured:
    """How many changed amounts of another document were found and quoted.

    ``errors_before`` are errors on the unchanged document by rules that found none in the facts it was written from: what
    went wrong between writing and reading.
    """

    name: str
    kind: str
    errors_before: list[str] = field(default_factory=list)
    found: Share = field(default_factory=Share)
    quoted: Share = field(default_factory=Share)
    missed: list[str] = field(default_factory=list)


def _other(job: tuple[str, FactSet, int, int]) -> list[OtherMeasured]:
    """Render a unit's year in every format, change repeated amounts, check each copy."""
    name, facts, count, seed = job
    evaluation = evaluate_facts(facts)
    files = render(evaluation)
    own = {r.rule for r in evaluation.checked.relations if r.finding and r.finding.severity is Severity.ERROR}
    results = []
    for kind, file in OTHER_FORMATS.items():
        before = findings_in(files[file], file)
        result = OtherMeasured(
            name,
            kind,
            [_say(f) for f in before if f.severity is Severity.ERROR and f.rule not in own],
        )
        for change, copy in _copies(evaluation, files[file], kind, count, seed):
            fresh = new_findings(before, findings_in(copy, file))
            result.found.add(bool(fresh))
            result.quoted.add(tells_of(change, fresh))
            if not fresh:
                result.missed.append(str(change))
        results.append(result)
    return results


def _copies(
    evaluation: Evaluation, data: bytes, kind: str, count: int, seed: int
) -> Iterator[tuple[Change, bytes]]:
    """Mutants of one document.

    Digits of a docx or xlsx are changed in the file. A pdf is no text, and our web page repeats every figure outside
    the report (where it comes from, what was found): these are written anew.
    """
    if kind in ("docx", "xlsx"):
        yield from repeated_mutants(data, kind, count, seed)
        return
    facts, scores, checked = evaluation.facts, evaluation.scores, evaluation.checked
    tree = build_report(facts, evaluation.profile, scores, checked, evaluation.accounts)
    for change, changed in written_mutants(tree, count, seed):
        if kind == "pdf":
            yield change, write_pdf(changed)
        else:
            page = write_html(changed, scores=scores, checked=checked, facts=facts, title=evaluation.title)
            yield change, page.encode("utf-8")


def generated_units(count: int, seed: int) -> list[tuple[str, FactSet]]:
    """``count`` consistent years of made-up units for each profile; another seed for each, or all look alike."""
    return [
        (f"{profile} {number}", facts)
        for place, profile in enumerate(sorted(YEARS))
        for number, facts in enumerate(_drawn(profile, count, seed + place), 1)
    ]


def _drawn(profile: str, count: int, seed: int) -> list[FactSet]:
    drawn: list[FactSet] = []

    @with_seed(seed)
    @settings(
        max_examples=count * 3, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(facts=unit_years(profile))
    def draw(facts: FactSet) -> None:
        drawn.append(facts)

    draw()
    return drawn[-count:]  # the first draws are the plainest ones, mostly zeros


# --- printing ---------------------------------------------------------------------------------------------------


def show(result: Measured, misses: int) -> None:
    print(f"## {result.document}  ({result.seconds_per_check:.2f} s a check)")
    decided = ", ".join(f"{name} {count}" for name, count in result.tally.items())
    print(f"relations decided  {decided}")
    print(f"mistakes told      {result.told}; of figures {result.told_of_figures}")
    print(
        f"false errors       {len(result.false_errors)}; on relations that hold {len(result.wrongly_called)}"
    )
    print(f"relations named    {result.covered}, read from the figures that relations name")
    print(f"relations known    {result.relations}   {_by_kind(result.relations_by_kind)}")
    print(f"                   {result.unbreakable} more cannot be broken by one digit")
    print(f"mutants found      {result.found}   {_by_kind(result.found_by_kind)}")
    print(f"mutants pointed at {result.pointed}; at it or a partner {result.partner}")
    for title, rows in (
        ("mistakes not told", result.untold),
        ("errors about no listed mistake", result.false_errors),
        ("errors on relations that hold", result.wrongly_called),
        ("mutants missed", result.missed),
        ("mutants found but not pointed at", result.unpointed),
        ("relations not known", result.missing),
    ):
        _list(title, rows, misses)


def _by_kind(shares: dict[str, Share]) -> str:
    return ", ".join(f"{kind} {share.part}/{share.whole}" for kind, share in sorted(shares.items()))


def _list(title: str, rows: Sequence[str], at_most: int) -> None:
    if rows and at_most:
        print(f"- {title} ({len(rows)}):")
        for row in rows[:at_most]:
            print(f"    {row}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--document", action="append", choices=REPORTS, help="only this report")
    parser.add_argument("--mutants", type=int, default=200, help="mutants of each report (default 200)")
    parser.add_argument(
        "--quick", action="store_true", help="do not break every relation once to see which are known"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other mutants (default 1)")
    parser.add_argument(
        "--others", type=int, default=8, help="mutants of each other document; 0 leaves them out"
    )
    parser.add_argument("--misses", type=int, default=400, help="rows of each list of misses (default 400)")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each document")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    context = multiprocessing.get_context("fork")
    with context.Pool(PROCESSES) as pool:
        for name in arguments.document or REPORTS:
            report = load_annotations(ANNOTATIONS / f"{name}.yaml")
            path: Path = SHARED / "documents" / report.document
            if not path.is_file():
                print(f"{name}: the published report does not lie beside the checkout (../shared)")
                continue
            text = Text(path.read_text(encoding="utf-8"))
            result = measure(report, text, arguments.mutants, arguments.seed, pool, arguments.quick)
            if arguments.json:
                print(json.dumps(asdict(result), ensure_ascii=False))
            else:
                show(result, arguments.misses)
        if arguments.others and not arguments.document:
            _others(arguments, pool)


def _others(arguments: argparse.Namespace, pool: multiprocessing.pool.Pool) -> None:
    units = [(name, read_input(EXAMPLES / name / "figures.yaml", None)) for name in REPORTS]
    units += generated_units(2, arguments.seed)
    jobs = [(name, facts, arguments.others, arguments.seed) for name, facts in units]
    results = [result for found in pool.map(_other, jobs, chunksize=1) for result in found]
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        if arguments.json:
            print(json.dumps(asdict(result), ensure_ascii=False))
            continue
        totals[result.kind].update(
            found=result.found.part, quoted=result.quoted.part, tried=result.found.whole
        )
        print(f"{result.name} as {result.kind}: found {result.found}, quoted {result.quoted}")
        _list("missed", result.missed, arguments.misses)
        _list("errors that the figures themselves have not", result.errors_before, arguments.misses)
    for kind, total in totals.items():
        print(
            f"## other documents as {kind}: found {total['found']}, quoted {total['quoted']} of {total['tried']}"
        )


if __name__ == "__main__":
    main()
