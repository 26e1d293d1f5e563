"""What a stranger can make large is bounded."""

import pytest

from guangsha.documents.reading.limits import UNDERSTOOD_CHARS_MAX
from guangsha.documents.reading.source import Line, SourceDocument
from guangsha.documents.reading.understanding.compose import understand
from guangsha.kernel.errors import InputError


def test_a_text_without_end_is_refused_before_it_costs_anything() -> None:
    line = Line("2024年度收入合计22899.22万元。" * 100)
    document = SourceDocument("长.txt", "txt", (line,) * (UNDERSTOOD_CHARS_MAX // len(line.text) + 1))
    with pytest.raises(InputError, match="超过上限 80 万字"):
        understand(document)
