"""What somebody typed: kept as it is, or in one line, never empty where it is needed, never longer than its column."""

from __future__ import annotations

import pytest

from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said, said_in_line


def test_lines_are_kept_or_joined() -> None:
    assert said(" 漏水\n厨房 ", "情况") == "漏水\n厨房"
    assert said_in_line(" 梦湖\u3000华苑\n 二期 ", "小区名称") == "梦湖 华苑 二期"
    assert said("", "备注", needed=False) == said_in_line(" \n", "备注", needed=False) == ""


@pytest.mark.parametrize(
    ("text", "words"), [("  ", "没有填写"), ("长" * 11, "最多 10 个字"), ("铃\x07声", "不含控制字符")]
)
def test_what_cannot_be_kept_is_refused_with_the_place(text: str, words: str) -> None:
    for check in (said, said_in_line):
        with pytest.raises(InputError, match=words) as told:
            check(text, "理由", most=10)
        assert told.value.where == "理由"
