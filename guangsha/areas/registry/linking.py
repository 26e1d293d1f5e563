"""Which records may be one person: a pure kernel on columns, in memory only.

Nine keys bring together the few pairs worth a look; only on those are numbers compared digit by digit. What decides is the
check digit of GB 11643: it catches every single wrong digit and every swap of two neighbours, so two *valid* different
numbers are two people (twins, brothers with one phone and one address). Only when name, birth date, phone and address
all agree may one of two valid numbers be forged or re-issued: such a pair is shown to be checked, never called certain.

Identity numbers arrive here unsealed. The database lives in memory and may not spill: nothing of them reaches a disk.
The method and what it measured: docs/algorithms/duplicates.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

CERTAIN, CHECK = "certain", "check"

#: Records that share one key. More than this share it for another reason (a helper's phone, a care home's address): the
#: square of them would swamp the reader, and the other keys still find them.
BLOCK_MAX = 60
#: Memory of the database; a million persons take about 600 MB.
MEMORY = "3GB"

#: (bit, what it says). The bits of a pair are its reasons; the order is the order of reading.
REASONS: tuple[tuple[int, str], ...] = (
    (1, "证件号码相同"),
    (2, "证件号码只差一位（或相邻两位颠倒），且至少一个校验不符"),
    (4, "至少一方没有可比对的证件号码"),
    (8, "两个证件号码校验都正确但不相同，可能冒用或换发，需核对原件"),
    (16, "证件号码差异较大，且至少一个校验不符"),
    (32, "姓名相同"),
    (64, "姓名读音相同、用字不同"),
    (128, "出生日期相同"),
    (256, "出生日期只差一位"),
    (512, "手机号相同"),
    (1024, "地址相同"),
    (2048, "姓名不同"),
)


@dataclass(frozen=True, slots=True)
class Records:
    """Columns of one length; an empty text is "not known".

    Attributes:
        keys: what the caller knows the records by; compared as numbers, the smaller is ``left``.
        kinds: kind of paper; numbers of two kinds are not compared.
        identities: canonical numbers, upper case.
        sounds: names by sound, without tones.
        births: ``19550312``.
    """

    keys: Sequence[int]
    kinds: Sequence[str]
    identities: Sequence[str]
    names: Sequence[str]
    sounds: Sequence[str]
    births: Sequence[str]
    phones: Sequence[str]
    addresses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person; ``score`` in hundredths."""

    left: int
    right: int
    score: int
    band: str
    bits: int

    @property
    def reasons(self) -> list[str]:
        """The reasons in Chinese, the weightiest first."""
        return [text for bit, text in REASONS if self.bits & bit]


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _valid(column: str) -> str:
    """SQL: whether a number is a resident number with a real birth date and a right check digit."""
    total = "+".join(f"{w}*(ascii({column}[{i}])-48)" for i, w in enumerate(_WEIGHTS, 1))
    return (
        f"(regexp_full_match({column}, '[1-9][0-9]{{16}}[0-9X]')"
        f" AND try_strptime({column}[7:14], '%Y%m%d') IS NOT NULL"
        f" AND substr('10X98765432', 1 + ({total}) % 11, 1) = {column}[18])"
    )


#: The nine keys, each with what must be known for it. Whole numbers instead of texts: a join compares eight bytes.
_KEYS: tuple[tuple[str, str], ...] = (
    ("identity", "hash(identity)"),
    ("sound, birth", "hash(sound, birth)"),
    ("sound, phone", "hash(sound, phone)"),
    ("birth, phone", "hash(birth, phone)"),
    ("identity, name", "hash(identity[1:14], name[1])"),
    ("name, identity", "hash(name, identity[7:18])"),
    ("birth, address", "hash(birth, address)"),
    ("sound, address", "hash(sound, address)"),
    ("birth, identity", "hash(birth, identity[13:18])"),
)

_LOAD = """CREATE TABLE p AS SELECT row, kind, nullif(identity, '') AS identity, name, nullif(sound, '') AS sound,
    nullif(birth, '') AS birth, nullif(phone, '') AS phone, nullif(address, '') AS address FROM given"""


def _key_columns() -> str:
    columns = []
    for number, (needed, key) in enumerate(_KEYS):
        known = " AND ".join(f"{name} IS NOT NULL" for name in needed.split(", "))
        columns.append(f"CASE WHEN {known} THEN {key} END AS k{number}")
    return f"CREATE TABLE k AS SELECT row, {', '.join(columns)} FROM p"


def _block(number: int) -> str:
    # the keys that several records share are few; the join runs on those records only
    shared = f"SELECT k{number} AS k FROM k WHERE k{number} IS NOT NULL GROUP BY 1 HAVING count(*) BETWEEN 2 AND {BLOCK_MAX}"
    return (
        f"CREATE OR REPLACE TEMP TABLE s AS SELECT row, k{number} AS k FROM k SEMI JOIN ({shared}) g ON k{number} = g.k;"
        "INSERT INTO c SELECT a.row, b.row FROM s a JOIN s b USING (k) WHERE a.row < b.row"
    )


_COMPARED = f"""CREATE TABLE v AS WITH
  c1 AS (SELECT DISTINCT l, r FROM c),
  j AS (SELECT l, r, a.identity AS ai, b.identity AS bi,
      a.identity IS NOT NULL AND b.identity IS NOT NULL AND a.kind = b.kind AS comparable,
      CASE WHEN a.name = b.name THEN 2 WHEN a.sound = b.sound THEN 1 ELSE 0 END AS nm,
      CASE WHEN a.birth IS NULL OR b.birth IS NULL THEN -1 WHEN a.birth = b.birth THEN 2
           WHEN damerau_levenshtein(a.birth, b.birth) <= 1 THEN 1 ELSE 0 END AS bd,
      coalesce(a.phone = b.phone, false) AS ph, coalesce(a.address = b.address, false) AS ad
    FROM c1 JOIN p a ON a.row = l JOIN p b ON b.row = r),
  i AS (SELECT *, CASE WHEN NOT comparable THEN 4 WHEN ai = bi THEN 1
      WHEN {_valid("ai")} AND {_valid("bi")} THEN 8
      WHEN damerau_levenshtein(ai, bi) <= 1 THEN 2 ELSE 16 END AS idr FROM j)
  SELECT l, r, idr, nm, bd, ph, ad, CASE idr
      WHEN 1 THEN CASE WHEN nm >= 1 THEN 2 ELSE 1 END
      WHEN 2 THEN CASE WHEN nm = 2 AND bd = 2 THEN 2 WHEN nm >= 1 AND bd <> 0 THEN 1
                       WHEN bd = 2 OR (nm >= 1 AND (ph OR ad)) THEN 1 ELSE 0 END
      WHEN 4 THEN CASE WHEN nm = 2 AND bd = 2 THEN 1 WHEN nm = 1 AND bd = 2 AND (ph OR ad) THEN 1
                       WHEN nm >= 1 AND bd = 1 AND (ph OR ad) THEN 1 WHEN nm = 2 AND bd = -1 AND (ph OR ad) THEN 1
                       ELSE 0 END
      WHEN 8 THEN CASE WHEN nm = 2 AND bd = 2 AND ph AND ad THEN 1 ELSE 0 END
      ELSE CASE WHEN nm = 2 AND bd = 2 AND (ph OR ad) THEN 1 ELSE 0 END END AS band
  FROM i"""

_FOUND = """SELECT l, r, band,
    CASE idr WHEN 1 THEN 60 WHEN 2 THEN 40 WHEN 4 THEN 20 WHEN 16 THEN 10 ELSE 0 END
    + CASE nm WHEN 2 THEN 20 WHEN 1 THEN 14 ELSE 0 END + CASE bd WHEN 2 THEN 10 WHEN 1 THEN 5 ELSE 0 END
    + CASE WHEN ph THEN 5 ELSE 0 END + CASE WHEN ad THEN 5 ELSE 0 END AS score,
    idr + CASE nm WHEN 2 THEN 32 WHEN 1 THEN 64 ELSE 2048 END + CASE bd WHEN 2 THEN 128 WHEN 1 THEN 256 ELSE 0 END
    + CASE WHEN ph THEN 512 ELSE 0 END + CASE WHEN ad THEN 1024 ELSE 0 END AS bits
  FROM v WHERE band > 0 ORDER BY l, r"""


@dataclass(frozen=True, slots=True)
class Linked:
    """The pairs as columns (positions in the records given), and how many pairs were looked at."""

    left: np.ndarray
    right: np.ndarray
    scores: np.ndarray
    bands: np.ndarray
    bits: np.ndarray
    looked_at: int


def memory_database() -> duckdb.DuckDBPyConnection:
    """A database in memory that can neither spill to a disk nor read or fetch anything."""
    connection = duckdb.connect(":memory:")
    connection.execute(
        f"SET temp_directory = ''; SET memory_limit = '{MEMORY}'; SET enable_external_access = false"
    )
    return connection


def load(connection: duckdb.DuckDBPyConnection, records: Records) -> None:
    """Hand the columns over to the database in memory.

    Raises:
        ValueError: columns of different lengths.
    """
    columns = {
        "kind": records.kinds, "identity": records.identities, "name": records.names, "sound": records.sounds,
        "birth": records.births, "phone": records.phones, "address": records.addresses,
    }  # fmt: skip
    if any(len(column) != len(records.keys) for column in columns.values()):
        raise ValueError("the columns have different lengths")
    given: dict[str, np.ndarray] = {"row": np.arange(len(records.keys), dtype=np.int32)}
    for name, column in columns.items():
        given[name] = np.array(column, dtype=object)
    connection.register("given", given)
    connection.execute(_LOAD)
    connection.unregister("given")


def link_loaded(connection: duckdb.DuckDBPyConnection) -> Linked:
    """Every pair among the records that :func:`load` put into the database; it may be asked once."""
    connection.execute(_key_columns())
    connection.execute("CREATE TABLE c (l INTEGER, r INTEGER)")
    for number in range(len(_KEYS)):
        connection.execute(_block(number))
    connection.execute(_COMPARED)
    looked_at = connection.execute("SELECT count(*) FROM v").fetchall()[0][0]
    found = connection.execute(_FOUND).fetchnumpy()
    return Linked(found["l"], found["r"], found["score"], found["band"], found["bits"], looked_at)


def link_columns(records: Records) -> Linked:
    """Every pair that may be one person.

    Raises:
        ValueError: columns of different lengths.
        duckdb.OutOfMemoryException: more records than the memory holds.
    """
    with memory_database() as connection:
        load(connection, records)
        return link_loaded(connection)


def link(records: Records) -> list[Pair]:
    """The pairs by the callers' keys, ordered; see :func:`link_columns`."""
    linked = link_columns(records)
    keys = list(records.keys)
    pairs = []
    for one, other, score, band, bits in zip(
        linked.left.tolist(), linked.right.tolist(), linked.scores.tolist(), linked.bands.tolist(),
        linked.bits.tolist(), strict=True,
    ):  # fmt: skip
        low, high = sorted((keys[one], keys[other]))
        pairs.append(Pair(low, high, int(score), CERTAIN if band == 2 else CHECK, int(bits)))
    return sorted(pairs, key=lambda pair: (pair.left, pair.right))
