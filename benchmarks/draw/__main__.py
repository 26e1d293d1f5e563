"""`python -m benchmarks.draw`: the whole draw beside its hashes alone in C.

The limit is `hmac_sm3.c`, compiled here with gcc -O2: as many tickets as there are families and nothing else, no files,
no sort. Ours reads the roster from bytes, checks every line, computes the tickets, orders the queues and writes
result.csv; verifying does that and compares.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Contender, compare, show
from guangsha.draw.tests.packs import drawn, many
from guangsha.draw.verify import verify_files

HERE = Path(__file__).parent


def compiled(folder: Path) -> Path:
    """The C program, built for this machine."""
    gcc = shutil.which("gcc") or shutil.which("cc")
    if gcc is None:
        sys.stderr.write("这台机器上没有 gcc，无法编译作为上限的 C 程序，未作比较。\n")
        raise SystemExit(2)
    program = folder / "hmac_sm3"
    subprocess.run([gcc, "-O2", "-o", str(program), str(HERE / "hmac_sm3.c")], check=True)
    return program


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="families (default a million)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    inputs = many(given.entries, max(1, given.entries // 50))
    record, results = drawn(inputs)
    pack = {**inputs, **results, "draw.json": record.to_bytes()}
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(Path(folder))

        def in_c() -> None:
            subprocess.run([str(program), str(given.entries)], check=True, capture_output=True)

        def verified() -> None:
            assert verify_files(pack).outcome == "ok"

        comparison = compare(
            f"Drawing {given.entries:,} families",
            [
                Contender("HMAC-SM3 alone, C, gcc -O2", "limit", in_c, given.entries),
                Contender("ours: drawn", "ours", lambda: drawn(inputs), given.entries),
                Contender("ours: verified", "ours", verified, given.entries),
            ],
            rounds=given.rounds,
            unit="families",
        )
    show(comparison, as_json=given.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
