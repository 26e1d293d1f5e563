"""Facts: the one idea that carries everything (docs/where-things-are.md).

Records produce facts, clerks enter facts, the reader extracts facts from a published document; scoring,
checking and writing only ever see facts.
"""

from guangsha.facts.fact import CellSource, DerivedSource, EntrySource, Fact, FactSet, MetricSource, Source
from guangsha.facts.report import AccountsTable, BaseLine, Indicator, Money, Report, Rollup, Sheet, Statement

__all__ = [
    "AccountsTable",
    "BaseLine",
    "CellSource",
    "DerivedSource",
    "EntrySource",
    "Fact",
    "FactSet",
    "Indicator",
    "MetricSource",
    "Money",
    "Report",
    "Rollup",
    "Sheet",
    "Source",
    "Statement",
]
