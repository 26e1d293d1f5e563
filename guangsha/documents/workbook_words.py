"""Chinese words of the workbook for the codes of the figures file: drop-downs and column heads."""

from __future__ import annotations

DIRECTION_WORDS = {"up": "越大越好", "down": "越小越好"}
ACHIEVEMENT_WORDS = {"achieved": "达成", "partial": "部分达成", "failed": "未达成"}
METHOD_WORDS = {
    "positive": "正向指标", "negative": "反向指标", "equal": "等于指标", "step": "按步长扣分",
    "qualitative": "定性指标", "not_applicable": "不适用",
}  # fmt: skip
STATEMENT_WORDS = {
    "amount": "金额", "share": "占比", "growth": "增减", "completion": "完成率", "difference": "差额",
    "sum": "分项合计", "count": "数量",
}  # fmt: skip
STATEMENT_ROLE_WORDS = {
    "amount": "金额", "part": "部分", "whole": "整体", "current": "本年", "prior": "上年", "budget": "预算",
    "executed": "决算", "minuend": "被减数", "subtrahend": "减数", "delta": "差额", "total": "合计",
    "percent": "百分比（%）", "count": "数量",
}  # fmt: skip
COLUMN_WORDS = {
    "amount": "金额", "total": "合计", "fiscal": "财政拨款", "superior": "上级补助", "business": "事业收入",
    "operating": "经营", "affiliated": "附属单位上缴", "other": "其他", "basic": "基本支出", "project": "项目支出",
    "to_superior": "上缴上级", "to_affiliated": "对附属单位补助", "general_public": "一般公共预算",
    "government_fund": "政府性基金预算", "state_capital": "国有资本经营预算", "opening": "年初结转和结余",
    "revenue": "本年收入", "closing": "年末结转和结余", "abroad": "因公出国（境）费", "vehicles": "公务用车小计",
    "vehicle_purchase": "公务用车购置费", "vehicle_running": "公务用车运行维护费", "reception": "公务接待费",
}  # fmt: skip
THREE_PUBLIC_WORDS = {
    "three_public": "三公经费", "vehicles": "公务用车小计", "vehicle_purchase": "公务用车购置",
    "vehicle_running": "公务用车运行维护", "abroad": "出国经费", "reception": "公务接待",
}  # fmt: skip
