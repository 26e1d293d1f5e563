"""What ``guangsha check`` complains of in documents that Guangsha itself wrote, and that the unit's own figures do not have.

    python -m benchmarks.own_documents [--units N] [--seed N] [--profile ID …] [--kind docx …] [--rows N]

The examples and generated units of every profile (``guangsha.testing.reports``) are written as docx, html, pdf and
xlsx, read back and checked. A rule that complains of the document but not of the facts it was written from has
misread something: such errors and warnings are counted by profile, format and rule. There should be none.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections import Counter
from collections.abc import Sequence

from benchmarks.checker import OTHER_FORMATS, generated_units
from guangsha.documents.reading.intake import read_input
from guangsha.evaluation.package import evaluate_facts, render
from guangsha.facts.fact import FactSet
from guangsha.kernel.findings import Finding, Severity
from guangsha.testing.mutants import findings_in
from guangsha.testing.reports import YEARS
from guangsha.testing.transcription import EXAMPLES

PROCESSES = 2
_Job = tuple[str, FactSet, tuple[str, ...]]


def strange_findings(
    facts: FactSet, kinds: Sequence[str] = tuple(OTHER_FORMATS)
) -> list[tuple[str, Finding]]:
    """Errors and warnings in the written documents by rules that find nothing in ``facts``, each with its format."""
    evaluation = evaluate_facts(facts)
    files = render(evaluation)
    own = {
        relation.rule
        for relation in evaluation.checked.relations
        if relation.finding and relation.finding.severity in (Severity.ERROR, Severity.WARNING)
    }
    return [
        (kind, finding)
        for kind in kinds
        for finding in findings_in(files[OTHER_FORMATS[kind]], OTHER_FORMATS[kind])
        if finding.severity in (Severity.ERROR, Severity.WARNING) and finding.rule not in own
    ]


def _tried(job: _Job) -> tuple[str, list[tuple[str, Finding]]]:
    name, facts, kinds = job
    return name, strange_findings(facts, kinds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=60, help="generated units of each profile (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other units (default 1)")
    parser.add_argument("--profile", action="append", choices=sorted(YEARS), help="only this profile")
    parser.add_argument("--kind", action="append", choices=list(OTHER_FORMATS), help="only this format")
    parser.add_argument("--rows", type=int, default=3, help="findings printed of each rule (default 3)")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    kinds = tuple(arguments.kind or OTHER_FORMATS)
    wanted = set(arguments.profile or YEARS)
    units = [
        (path.parent.name, read_input(path, None))
        for path in sorted(EXAMPLES.glob("*/figures.yaml"))
        if not arguments.profile
    ]
    units += [
        (name, facts)
        for name, facts in generated_units(arguments.units, arguments.seed)
        if facts.profile in wanted
    ]
    counted: Counter[tuple[str, str, str, str]] = Counter()
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        for name, found in pool.imap(_tried, [(name, facts, kinds) for name, facts in units]):
            for kind, finding in found:
                row = (name.split()[0], kind, finding.rule, finding.severity.value)
                counted[row] += 1
                if counted[row] <= arguments.rows:
                    lines = sorted({place.line for place in finding.where if place.line})
                    print(
                        f"{name} {kind} {finding.rule} {finding.severity.value} {lines} {finding.message}",
                        flush=True,
                    )
    print(f"## {len(units)} units as {', '.join(kinds)}: {sum(counted.values())} strange findings")
    for key, count in sorted(counted.items()):
        print("   ", *key, count)


if __name__ == "__main__":
    main()
