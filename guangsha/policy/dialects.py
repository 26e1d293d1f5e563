"""How DuckDB and Spark write the same SQL. Whatever differs between them stands here and nowhere else.

Both engines check integer overflow (Spark under its ANSI mode, which ``SETTINGS`` asks for), skip NULL in ``least`` and
``greatest`` (so that :mod:`guangsha.policy.nodes` never hands them one), and follow three-valued logic.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """Words of one engine.

    Attributes:
        widths: type of a whole number of 32, 64 and 128 bits.
        integer_division: template of a division of non-negative whole numbers that drops the rest.
        quote: around a name.
        settings: statements to run before the first SELECT of a session.
    """

    name: str
    widths: dict[int, str]
    integer_division: str
    quote: str
    settings: tuple[str, ...] = ()

    def identifier(self, name: str) -> str:
        """``name`` quoted."""
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote


DUCKDB = Dialect(
    "duckdb",
    {32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"},
    "({} // {})",
    '"',
)
SPARK = Dialect(
    "spark",
    {32: "INT", 64: "BIGINT", 128: "DECIMAL(38,0)"},
    "({} div {})",
    "`",
    # One generated method for the whole statement is larger than what a JVM compiles: it would be interpreted, at a tenth of the speed.
    ("SET spark.sql.ansi.enabled=true", "SET spark.sql.codegen.wholeStage=false"),
)
DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB, SPARK)}
