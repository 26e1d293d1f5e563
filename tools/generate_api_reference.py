"""Writes docs/reference/openapi.json from the operations of the API; ``--check`` fails if the file is stale.

Exit codes: 0 written or current, 1 stale (with ``--check``).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "openapi.json"


def document() -> str:
    """The document. Nothing is read from a database, and no folder of the checkout is written to."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "guangsha.config.settings"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GUANGSHA_DATA"] = folder
        import django

        django.setup()
        from guangsha.api.document import written

        return written()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether the file is current")
    chosen = parser.parse_args(arguments)
    fresh = document()
    current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if chosen.check:
        if fresh != current:
            print("docs/reference/openapi.json 与程序中的接口不一致，请运行 make gen", file=sys.stderr)
        return int(fresh != current)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(fresh, encoding="utf-8")
    print("docs/reference/openapi.json：已生成", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
