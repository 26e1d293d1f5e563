"""The words of repairs, safety rounds and hazards: states, kinds, and which state may follow which.

Source: operations.md W18 (report → triage → assign → visit → material and labour → tenant signs → rate; found → graded →
owner → limit → fixed → re-checked → closed), §1M row 7, E05, E09, B21; 公共租赁住房管理办法 (住房和城乡建设部令第11号) §24.
"""

from __future__ import annotations

#: What is broken → Chinese name; the codes are those of the service 维修报修.
REPAIR_KINDS: dict[str, str] = {
    "water": "漏水、堵塞",
    "power": "电路",
    "gas": "燃气",
    "door": "门窗门锁",
    "lift": "电梯",
    "wall": "墙面、屋顶",
    "other": "其他",
}
#: State of a repair order (工单状态) → Chinese name, in the order of its life.
ORDER_STATES: dict[str, str] = {
    "new": "待受理",
    "triaged": "待派工",
    "assigned": "已派工",
    "visited": "上门维修中",
    "done": "待评价",
    "rated": "已评价",
    "closed": "已办结",
    "refused": "不予维修",
    "merged": "已并单",
}
#: Which state may follow which; everything else is refused. What breaks again is a new order.
NEXT_ORDER_STATES: dict[str, frozenset[str]] = {
    "new": frozenset({"triaged", "refused", "merged"}),
    "triaged": frozenset({"assigned", "refused", "merged"}),
    "assigned": frozenset({"assigned", "visited", "refused", "merged"}),
    "visited": frozenset({"assigned", "done", "refused"}),
    "done": frozenset({"rated", "closed"}),
    "rated": frozenset({"closed"}),
    "closed": frozenset(),
    "refused": frozenset(),
    "merged": frozenset(),
}
#: Work is still owed to somebody.
OPEN_ORDERS = ("new", "triaged", "assigned", "visited")
#: The work is over, well or otherwise.
FINISHED_ORDERS = ("done", "rated", "closed")

CHANNELS: dict[str, str] = {
    "online": "网上报修",
    "phone": "电话报修",
    "window": "窗口登记",
    "case": "办件转入",
    "hazard": "隐患转入",
    "patrol": "巡查发现",
}
CONTRACTOR_KINDS: dict[str, str] = {"own": "自有维修队", "property": "物业服务企业", "firm": "维修企业"}
VISIT_STATES: dict[str, str] = {
    "planned": "已约定",
    "arrived": "已到场",
    "left": "已离场",
    "missed": "未能进门",
    "cancelled": "已取消",
}
#: At most one of these for an order: whoever presses twice makes one appointment.
LIVING_VISITS = ("planned", "arrived")

LINE_KINDS: dict[str, str] = {"material": "材料", "labour": "人工"}
PAYERS: dict[str, str] = {"owner": "产权单位承担", "tenant": "承租人承担"}
#: Why it broke, as the worker finds it on the spot → Chinese name.
CAUSES: dict[str, str] = {
    "wear": "自然老化、正常磨损",
    "structure": "房屋主体、公共部位或固定设施损坏",
    "weather": "风雨等自然原因",
    "misuse": "使用不当或人为损坏",
    "own_goods": "承租人自购、自装的物品",
    "warranty": "上次维修未修好",
}
#: Where it broke.
PARTS: dict[str, str] = {
    "structure": "房屋主体结构",
    "common": "公共部位、公共设施",
    "fixed": "套内固定设施（管线、门窗、洁具等）",
    "consumable": "易耗件（灯泡、水龙头芯、锁芯等）",
    "own": "承租人自购、自装的物品",
}
SIGNED_WAYS: dict[str, str] = {"paper": "纸质签字", "online": "网上确认", "phone": "电话确认"}
REFUSAL_REASONS: dict[str, str] = {
    "own_goods": "属于承租人自有物品",
    "not_ours": "不属于本单位管理的房屋或部位，已告知责任单位",
    "not_broken": "现场查看未发现损坏",
    "no_access": "多次约定均未能进门，请重新报修",
    "withdrawn": "报修人撤回",
}
PHOTO_MOMENTS: dict[str, str] = {
    "report": "报修",
    "before": "维修前",
    "after": "维修后",
    "found": "发现隐患",
    "fixed": "整改后",
    "round": "巡查现场",
}

HAZARD_KINDS: dict[str, str] = {
    "fire": "消防",
    "lift": "电梯",
    "gas": "燃气",
    "power": "用电",
    "structure": "房屋结构",
    "falling": "高空坠物",
    "other": "其他",
}
HAZARD_SOURCES: dict[str, str] = {
    "round": "安全检查",
    "census": "普查",
    "patrol": "日常巡查",
    "tenant": "群众反映",
    "repair": "维修中发现",
}
GRADES: dict[str, str] = {"general": "一般隐患", "major": "重大隐患"}
#: State of a hazard (隐患状态) → Chinese name, in the order of the loop.
HAZARD_STATES: dict[str, str] = {
    "found": "待定级",
    "graded": "待交办",
    "assigned": "整改中",
    "fixed": "待复查",
    "rechecked": "待销号",
    "closed": "已销号",
    "dismissed": "不构成隐患",
}
NEXT_HAZARD_STATES: dict[str, frozenset[str]] = {
    "found": frozenset({"graded", "dismissed"}),
    "graded": frozenset({"assigned", "graded"}),
    "assigned": frozenset({"fixed", "assigned", "graded"}),
    "fixed": frozenset({"rechecked", "assigned"}),
    "rechecked": frozenset({"closed", "assigned"}),
    "closed": frozenset(),
    "dismissed": frozenset(),
}
OPEN_HAZARDS = ("found", "graded", "assigned", "fixed", "rechecked")

ROUND_KINDS: dict[str, str] = {"safety": "月度安全检查", "patrol": "日常巡查", "special": "专项巡查"}
ROUND_STATES: dict[str, str] = {"planned": "待检查", "walking": "检查中", "done": "已完成"}
VERDICTS: dict[str, str] = {"ok": "正常", "fault": "有隐患", "repair": "需维修", "none": "没有此项"}
#: Kind of a point of a checklist (``HAZARD_KINDS``) → what is broken, where a point finds that something has to be repaired.
REPAIR_OF: dict[str, str] = {
    "fire": "other",
    "lift": "lift",
    "gas": "gas",
    "power": "power",
    "structure": "wall",
    "falling": "wall",
    "other": "other",
}

#: How near or far past a limit something is; each is told once.
ALARM_LEVELS: dict[str, str] = {"due_soon": "即将到期", "overdue": "已超期", "escalated": "超期已上报"}
