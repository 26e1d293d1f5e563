"""The words of a draw (公开摇号) and which state may follow which.

Source: operations.md §4.1, §4.2 items 2-4, 8; docs/algorithms/draw.md.
"""

from __future__ import annotations

DRAW_STATES: dict[str, str] = {
    "frozen": "已冻结，待承诺",
    "committed": "已公布，待公开随机数",
    "random": "公开随机数已定，待现场摇球",
    "live": "摇球已定，待打开承诺",
    "opened": "承诺已打开，待计算",
    "drawn": "结果已公布",
    "aborted": "已中止",
}
NEXT_DRAW_STATES: dict[str, frozenset[str]] = {
    "frozen": frozenset({"committed", "aborted"}),
    "committed": frozenset({"random", "aborted"}),
    "random": frozenset({"live"}),
    "live": frozenset({"opened"}),
    "opened": frozenset({"drawn"}),
    "drawn": frozenset(),
    "aborted": frozenset(),
}
#: The stations of the hall: state that they lead to, word.
STATIONS: tuple[tuple[str, str], ...] = (
    ("frozen", "冻结"),
    ("committed", "承诺"),
    ("random", "公开随机数"),
    ("live", "现场摇球"),
    ("opened", "打开承诺"),
    ("drawn", "计算结果"),
)
SPECS: dict[str, str] = {
    "HLD1": "HLD1（承诺、公开随机数、现场摇球）",
    "RSD1": "RSD1（登记种子：只用现场摇球）",
}
HOLDERS: dict[str, str] = {"OP": "操作员", "NT": "公证员"}
RANDOMS: dict[str, str] = {"e1": "公开随机数 E1", "e2": "现场摇球 E2"}

STEPS: dict[str, str] = {
    "frozen": "冻结名册、房源和规则",
    "committed_op": "操作员承诺",
    "committed_nt": "公证员承诺",
    "published": "公布文件、摘要和承诺",
    "e1_entered": "录入公开随机数",
    "e1_rejected": "退回公开随机数",
    "e1_confirmed": "核对公开随机数",
    "e2_entered": "录入现场摇球",
    "e2_rejected": "退回现场摇球",
    "e2_confirmed": "核对现场摇球",
    "opened_op": "操作员打开承诺",
    "opened_nt": "公证员打开承诺",
    "started": "开始计算",
    "resumed": "继续计算",
    "computed": "结果生成并公布",
    "aborted": "中止",
}
#: Written at most once in a draw; the others tell of every attempt.
ONCE: tuple[str, ...] = (
    "frozen", "committed_op", "committed_nt", "published", "e1_confirmed", "e2_confirmed", "opened_op", "opened_nt", "started",
    "computed", "aborted",
)  # fmt: skip
