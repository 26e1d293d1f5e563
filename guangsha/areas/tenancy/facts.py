"""The words of tenancies: states, grounds, kinds, with their Chinese names and the articles they rest on.

Source: 公共租赁住房管理办法（住建部令第11号）; 民法典 §732; operations.md W4, W18.
"""

from __future__ import annotations

#: State of a lease (合同状态), in the order of its life.
LEASE_STATES: dict[str, str] = {
    "pending_sign": "待签订",
    "active": "履行中",
    "renewing": "续租办理中",
    "notice": "已通知腾退",
    "transition": "搬迁过渡期",
    "holding_over": "逾期占用",
    "litigation": "司法程序中",
    "ended": "已终止",
}
#: Which state may follow which; everything else is refused.
NEXT_STATES: dict[str, frozenset[str]] = {
    "pending_sign": frozenset({"active", "ended"}),
    "active": frozenset({"renewing", "notice", "transition", "ended"}),
    "renewing": frozenset({"active", "notice", "transition", "ended"}),
    "notice": frozenset({"active", "transition", "holding_over", "ended"}),
    "transition": frozenset({"active", "holding_over", "ended"}),
    "holding_over": frozenset({"active", "litigation", "ended"}),
    "litigation": frozenset({"active", "holding_over", "ended"}),
    "ended": frozenset(),
}
#: The dwelling is taken: at most one such lease of a dwelling.
IN_FORCE = ("active", "renewing", "notice", "transition", "holding_over", "litigation")
#: The household has its home under it: at most one such lease of a household (who moves has the old one in transition).
LIVING = ("active", "renewing")

PAY_CYCLES = {"month": "按月", "quarter": "按季"}
HANDOVER_KINDS = {"in": "入住交接", "out": "退房交接"}
SIGN_WAYS = {"paper": "纸质签字", "electronic": "电子签名"}
SIGN_STATES = {"asked": "待签", "signed": "已签", "refused": "未签"}

#: Why a lease ends (终止原因).
END_REASONS: dict[str, str] = {
    "given_up": "签订前放弃",
    "renewed": "续租换签",
    "swapped": "调换住房",
    "own_wish": "承租人主动退出",
    "expired": "期满未续",
    "renewal_refused": "续租未获批准",
    "violation": "违规腾退",
    "arrears": "欠租腾退",
    "other_home": "已有其他住房",
    "other_aid": "已享受其他住房保障",
    "over_income": "收入超过标准",
    "died": "承租人去世且无共同居住人继续承租",
}

#: Event of a lease of which higher rooms are told (``hooks.LEASE_EVENTS``).
EVENTS = (
    "signed",
    "handed_over",
    "rent_changed",
    "transition",
    "holding_over",
    "handed_back",
    "ended",
    "violation_decided",
)

#: What may change in a household that has a lease (变更事项).
CHANGE_KINDS: dict[str, str] = {
    "birth": "新生或收养",
    "joining": "成员增加",
    "death": "成员去世",
    "divorce": "离婚",
    "moving_out": "成员迁出",
    "new_tenant": "变更承租人",
    "rent": "租金档次变化",
}
CHANGE_STATES = {"proposed": "待复核", "confirmed": "已生效", "dropped": "未采纳"}
JOINS = frozenset({"birth", "joining"})
LEAVES = frozenset({"death", "divorce", "moving_out"})

#: Kinds of violation (违规情形) → name, and the item of 11号令 §27 that it falls under.
VIOLATION_KINDS: dict[str, tuple[str, str]] = {
    "sublet": ("转租、出借、擅自调换", "第二十七条第一款第（一）项"),
    "change_of_use": ("改变房屋用途", "第二十七条第一款第（二）项"),
    "damage": ("破坏或擅自装修，拒不恢复原状", "第二十七条第一款第（三）项"),
    "illegal_activity": ("在房内从事违法活动", "第二十七条第一款第（四）项"),
    "idle": ("无正当理由连续闲置", "第二十七条第一款第（五）项"),
}
VIOLATION_SIGNALS = {
    "inspection": "巡查发现",
    "tip": "群众反映",
    "meter": "用水用电异常",
    "door": "门禁长期无记录",
    "data": "数据比对",
}
VIOLATION_STATES: dict[str, str] = {
    "signal": "待核查",
    "checked": "已核查待听取",
    "hearing": "听取意见中",
    "heard": "待处理决定",
    "decided": "限期改正",
    "remedied": "已改正",
    "closed": "已结案",
    "dismissed": "不成立",
}
VIOLATION_OPEN = ("signal", "checked", "hearing", "heard", "decided")
#: Reasons for being away that make no idle dwelling (operations.md W4, bad cases).
ABSENCES = {
    "": "无正当理由",
    "hospital": "住院治疗",
    "custody": "服刑或被羁押",
    "military": "服役",
    "study_work": "外出就学、务工并已报备",
}
JUSTIFIED = frozenset(ABSENCES) - {""}

#: Grounds on which a dwelling is given back (腾退事由) → name and article.
EXIT_GROUNDS: dict[str, tuple[str, str]] = {
    "own_wish": ("承租人主动退出", "租赁合同"),
    "violation": ("违规使用拒不改正", "公共租赁住房管理办法第二十七条"),
    "idle": ("连续闲置", "公共租赁住房管理办法第二十七条第一款第（五）项"),
    "arrears": ("累计拖欠租金", "公共租赁住房管理办法第二十九条"),
    "renewal_refused": ("续租未获批准或期满未申请", "公共租赁住房管理办法第三十条、第三十一条"),
    "other_home": ("购买、受赠、继承其他住房", "公共租赁住房管理办法第三十一条第一款第（二）项"),
    "other_aid": ("承租、承购其他保障性住房", "公共租赁住房管理办法第三十一条第一款第（三）项"),
    "over_income": ("收入超过规定标准", "公共租赁住房管理办法第三十一条"),
    "died": ("承租人去世且无共同居住人继续承租", "民法典第七百三十二条"),
}
#: Nobody is asked what they have against what they asked for themselves.
WISHED = frozenset({"own_wish", "died"})
#: Who no longer qualifies has time to move (11号令 §31: 合理的搬迁期); §27 and §29 give a time limit only, who asked names the day.
WITH_TRANSITION = frozenset({"renewal_refused", "other_home", "other_aid", "over_income"})
EXIT_STATES: dict[str, str] = {
    "hearing": "听取意见中",
    "heard": "待作出决定",
    "notice": "已决定腾退",
    "transition": "搬迁过渡期",
    "holding_over": "逾期占用",
    "demanded": "已催告",
    "court": "已申请法院",
    "checking": "退房查验待结清",
    "done": "已办结",
    "withdrawn": "已撤回",
}
EXIT_OPEN = tuple(state for state in EXIT_STATES if state not in ("done", "withdrawn"))
#: How an over-income household goes on (operations.md §3.1; local): pays market rent, or moves out.
OVER_INCOME_WAYS = {"leave": "搬迁腾退", "top_up": "按市场租金续住"}
END_REASON_OF: dict[str, str] = {
    "own_wish": "own_wish",
    "violation": "violation",
    "idle": "violation",
    "arrears": "arrears",
    "renewal_refused": "renewal_refused",
    "other_home": "other_home",
    "other_aid": "other_aid",
    "over_income": "over_income",
    "died": "died",
}

#: A household moves to another dwelling of the stock (调换), or two households change dwellings with each other (互换).
SWAP_KINDS = {"move": "换到空置房", "exchange": "两户互换"}
SWAP_STATES: dict[str, str] = {
    "asked": "待配房",
    "proposed": "待家庭同意",
    "agreed": "待决定",
    "decided": "待交接",
    "done": "已办结",
    "refused": "不予调换",
    "withdrawn": "已撤回",
}
SWAP_OPEN = ("asked", "proposed", "agreed", "decided")
AGREE_WAYS = {"": "—", "online": "网上同意", "window": "窗口书面同意"}

HEARING_WAYS = {
    "": "—",
    "online": "网上陈述",
    "window": "窗口陈述",
    "phone": "电话陈述",
    "onsite": "现场陈述",
}
HEARING_OUTCOMES = {"agreed": "无异议", "objected": "有异议", "silent": "逾期未陈述"}

DEVICE_KINDS = {"unit_gate": "单元门禁", "flat_lock": "入户门锁"}
GRANT_KINDS = {"key": "机械钥匙", "card": "门禁卡", "code": "密码", "phone": "手机开门", "face": "人脸"}
#: What opens the door without anybody's consent, network or battery of a phone: what a household always keeps one of.
DEPENDABLE = frozenset({"key", "card", "code"})
GRANT_STATES = {
    "asked": "待复核",
    "active": "有效",
    "stopped": "已停用",
    "expired": "已到期",
    "refused": "未同意",
}
#: Why a credential is issued or stopped; nothing else is a reason.
GRANT_REASONS = {
    "handover": "入住交付",
    "member": "共同居住人",
    "carer": "护理、探视人员",
    "replacement": "补发",
    "temporary": "临时来访",
}
STOP_REASONS = {
    "lost": "遗失挂失",
    "member_left": "持有人已迁出",
    "consent_withdrawn": "撤回人脸同意",
    "own_request": "本人申请停用",
    "extra": "多余凭证清理",
    "lease_ended": "租约终止且已交房",
    "court": "法院裁定执行",
}
#: What people have asked to lock somebody out for; it is never a reason, and the refusal says why.
FORBIDDEN_STOPS = {
    "arrears": "欠缴租金",
    "violation": "违规使用",
    "pressure": "催促搬离",
}

#: Why a ban on applying anew is lifted, and where such a proposal stands.
LIFT_GROUNDS = {"court": "法院判决", "remedy": "复议复查决定", "mistake": "登记错误"}
LIFT_STATES = {"proposed": "待决定", "lifted": "已解除", "refused": "不予解除"}
