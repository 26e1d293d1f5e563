"""The words of the waiting list, of plans and of the selection of dwellings, and which state may follow which.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§10-15; 社会救助法 §26; operations.md W3, §4.1, §4.2 item 9.
"""

from __future__ import annotations

from guangsha.areas.stock.facts import LAYOUTS

#: Queues of a plan are the layouts of dwellings.
QUEUES: dict[str, str] = LAYOUTS

ENTRY_STATES: dict[str, str] = {
    "waiting": "轮候中",
    "registered": "已登记配租",
    "chosen": "已选房待签约",
    "housed": "已入住",
    "suspended": "暂停轮候",
    "removed": "已退出轮候",
}
#: An entry of these states keeps its place; a household has one at a time.
LIVING: tuple[str, ...] = ("waiting", "registered", "chosen", "suspended")
#: Counted when a place in the list is told.
IN_LINE: tuple[str, ...] = ("waiting", "registered")

TIERS: dict[int, str] = {1: "优先保障", 2: "一般保障"}

CHANGE_KINDS: dict[str, str] = {
    "suspend": "暂停轮候",
    "remove": "退出轮候",
    "lower": "调出优先保障",
}
CHANGE_STATES: dict[str, str] = {
    "hearing": "听取意见中",
    "proposed": "待复核",
    "confirmed": "已决定",
    "dropped": "不予办理",
}
HEARING_OUTCOMES: dict[str, str] = {"agreed": "没有异议", "objected": "有异议", "silent": "逾期未说明"}

METHODS: dict[str, str] = {"draw": "摇号", "queue": "按轮候顺序", "score": "综合评分"}
MATCHING: dict[str, str] = {"people": "按顺序选房", "machine": "按志愿配房"}
PLAN_STATES: dict[str, str] = {
    "planned": "拟订中",
    "registering": "意向登记",
    "rechecking": "资格复核",
    "publicity": "名册公示",
    "frozen": "名册冻结",
    "drawn": "顺序已定",
    "selecting": "选房中",
    "done": "已完成",
    "cancelled": "已取消",
}
NEXT_PLAN_STATES: dict[str, frozenset[str]] = {
    "planned": frozenset({"registering", "cancelled"}),
    "registering": frozenset({"rechecking", "cancelled"}),
    "rechecking": frozenset({"publicity", "cancelled"}),
    "publicity": frozenset({"rechecking", "frozen", "cancelled"}),
    "frozen": frozenset({"publicity", "drawn", "cancelled"}),
    "drawn": frozenset({"selecting", "cancelled"}),
    "selecting": frozenset({"done"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
#: Until the roster is frozen a household of another size may still change its queue.
BEFORE_FREEZE: tuple[str, ...] = ("registering", "rechecking", "publicity")
#: A dwelling is offered by one of these at a time.
OFFERING: tuple[str, ...] = (
    "planned", "registering", "rechecking", "publicity", "frozen", "drawn", "selecting",
)  # fmt: skip

OFFER_STATES: dict[str, str] = {"open": "可选", "locked": "选定待签", "signed": "已签", "withdrawn": "已撤出"}

REGISTRATION_STATES: dict[str, str] = {
    "registered": "已登记",
    "qualified": "复核符合",
    "disqualified": "复核不符合",
    "rostered": "已入名册",
    "withdrawn": "已撤回",
}
RECHECKS: dict[str, str] = {
    "": "未复核",
    "fit": "符合",
    "differs": "有差异待认定",
    "unknown": "资料不全待认定",
}
OUTCOMES: dict[str, str] = {"": "未定", "selector": "选房", "waitlist": "候补", "none": "未入选"}

SESSION_STATES: dict[str, str] = {
    "waiting": "等候",
    "called": "已叫号",
    "present": "已到场",
    "choosing": "选房中",
    "locked": "已选定待签",
    "signed": "已签字",
    "missed": "过号",
    "declined": "弃选",
    "passed": "已跳过",
    "moved_up": "候补递补",
}
#: Which state of a family in the room may follow which; ``moved_up`` waits like ``waiting``.
NEXT_SESSION: dict[str, frozenset[str]] = {
    "waiting": frozenset({"called", "declined", "passed", "moved_up", "missed"}),
    "moved_up": frozenset({"called", "declined", "passed", "missed"}),
    "called": frozenset({"present", "missed", "declined", "passed"}),
    "present": frozenset({"choosing", "declined", "passed", "missed"}),
    "choosing": frozenset({"locked", "present", "declined", "passed", "missed"}),
    "locked": frozenset({"signed", "choosing", "declined", "passed"}),
    "missed": frozenset({"called", "declined", "passed"}),
    "signed": frozenset(),
    "declined": frozenset(),
    "passed": frozenset(),
}
#: Families that have come to an end in the session.
SESSION_OVER: tuple[str, ...] = ("signed", "declined", "passed")
SESSION_EVENTS: dict[str, str] = {
    "opened": "开始选房",
    "called": "叫号",
    "present": "到场",
    "choosing": "开始选房",
    "locked": "选定",
    "released": "退回选定",
    "lapsed": "选定超时退回",
    "overtime": "选房超时",
    "signed": "签字确认",
    "missed": "过号",
    "requeued": "过号重排",
    "declined": "弃选",
    "passed": "跳过",
    "moved_up": "候补递补",
    "unit_withdrawn": "房源撤出",
    "unit_returned": "房源恢复",
    "matched": "按志愿配房",
    "closed": "选房结束",
}
DECLINE_REASONS: dict[str, str] = {
    "location": "地段不合适",
    "layout": "户型面积不合适",
    "floor": "楼层不合适",
    "rent": "租金负担",
    "other_home": "已解决住房",
    "other": "其他",
}
PROXIES: dict[str, str] = {"self": "本人", "member": "家庭成员", "helper": "委托他人"}
CHANNELS: dict[str, str] = {"case": "网上办件", "window": "窗口登记"}
