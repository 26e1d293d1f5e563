"""How a file of a draw can be wrong: the file, the line, one sentence."""

from __future__ import annotations

from guangsha.kernel.errors import InputError


class DrawFileError(InputError):
    """A file of a draw breaks the specification; ``file`` and ``line`` (0: the whole file) say where."""

    code = "draw-file"

    def __init__(self, file: str, message: str, *, line: int = 0, advice: str = "") -> None:
        where = f"{file} 第 {line} 行" if line else file
        super().__init__(message, where=where, advice=advice)
        self.file = file
        self.line = line

    @property
    def place(self) -> str:
        """The place as all three verifiers write it: ``roster.csv:3`` or ``rules.json``."""
        return f"{self.file}:{self.line}" if self.line else self.file
