"""The words of the register of dwellings: states, kinds, and which state may follow which.

Source: operations.md §1A (A02, A08), §4.1 (unit types), §6.1 (CJJ/T 197-2012: unit; 一套一档).
"""

from __future__ import annotations

#: State of a dwelling (房态) → Chinese name, in the order of a dwelling's life.
DWELLING_STATES: dict[str, str] = {
    "preparing": "筹备中",
    "vacant": "空置可配",
    "planned": "已列入配租方案",
    "chosen": "已选定待签约",
    "let": "在租",
    "checking": "退租待验",
    "repairing": "维修中",
    "withdrawn": "停用",
    "disposed": "已处置",
}
#: Which state may follow which; everything else is refused.
NEXT_STATES: dict[str, frozenset[str]] = {
    "preparing": frozenset({"vacant", "withdrawn"}),
    "vacant": frozenset({"planned", "chosen", "let", "repairing", "withdrawn", "disposed"}),
    "planned": frozenset({"vacant", "chosen", "repairing", "withdrawn"}),
    "chosen": frozenset({"let", "planned", "vacant", "repairing", "withdrawn"}),
    "let": frozenset({"checking"}),
    "checking": frozenset({"vacant", "repairing", "withdrawn"}),
    "repairing": frozenset({"vacant", "withdrawn"}),
    "withdrawn": frozenset({"preparing", "vacant", "repairing", "disposed"}),
    "disposed": frozenset(),
}
#: Unit types, which are also the queues of a draw: who may take which is a rule of the plan.
LAYOUTS: dict[str, str] = {"A": "一居室", "B": "两居室", "C": "三居室", "X": "无障碍"}
PROGRAMMES: dict[str, str] = {
    "public_rental": "公租房",
    "affordable_rental": "保障性租赁住房",
    "talent": "人才公寓",
    "resettlement": "安置房",
    "old_public": "直管公房",
}
FUNDING_SOURCES: dict[str, str] = {
    "built": "政府新建",
    "matched": "配建移交",
    "bought": "收购",
    "provident_gain": "公积金增值收益",
    "converted": "存量改建",
    "leased": "长期租赁",
    "handed_over": "划拨接收",
}
TITLE_STATES: dict[str, str] = {"registered": "已办证", "applying": "办理中", "none": "未办证"}
STRUCTURES: dict[str, str] = {
    "steel": "钢结构",
    "reinforced": "钢筋混凝土",
    "mixed": "砖混",
    "brick_wood": "砖木",
    "other": "其他",
}
METER_KINDS: dict[str, str] = {"water": "水表", "power": "电表", "gas": "燃气表", "heat": "热量表"}
#: One character for each state: the building chart must be read without colours, also on paper.
STATE_MARKS: dict[str, str] = {
    "preparing": "筹",
    "vacant": "空",
    "planned": "配",
    "chosen": "选",
    "let": "租",
    "checking": "验",
    "repairing": "修",
    "withdrawn": "停",
    "disposed": "处",
}
#: States in which somebody may still be given the dwelling soon.
OPEN_STATES = frozenset({"vacant", "planned"})
PICTURE_KINDS: dict[str, str] = {"plan": "户型图", "inside": "室内", "outside": "外景"}
KEY_MOVES: dict[str, str] = {"in": "入库", "out": "领出", "lost": "遗失"}
REQUEST_KINDS: dict[str, str] = {"withdrawn": "停用", "disposed": "处置"}
REQUEST_STATES: dict[str, str] = {"asked": "待审批", "granted": "已同意", "refused": "不同意"}
CHECK_STATES: dict[str, str] = {"waiting": "待入户", "recorded": "待同行人确认", "confirmed": "已确认"}
CHECK_RESULTS: dict[str, str] = {
    "tenant": "承租人居住",
    "others": "他人居住",
    "idle": "无人居住",
    "no_entry": "未能入户",
}
HALVES: dict[str, str] = {"morning": "上午", "afternoon": "下午"}
VIEWING_STATES: dict[str, str] = {
    "booked": "已预约",
    "came": "已看房",
    "absent": "未到",
    "cancelled": "已取消",
}
NEEDS: dict[str, str] = {"wheelchair": "轮椅通道", "sign": "手语", "elder": "老人陪同"}
