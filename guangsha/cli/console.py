"""How the command line speaks: data on standard output, words on standard error."""

from __future__ import annotations

import json
import sys
from typing import Any


def json_text(data: Any) -> str:
    """``data`` as JSON that a person can read, with a line end."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def emit(data: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(data))
    sys.stdout.flush()


def say(message: str = "") -> None:
    """One line for the person at the terminal, on standard error."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
