"""What a repair may use: materials and labour with the unit in which they are counted. Prices are parameters (``repair_price``).

A place prices the items that it uses; one without a price cannot be written on an order. Source: operations.md W18 (material and
labour lines); the list itself is ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepairItem:
    """One item of the price list; ``kind`` is ``material`` or ``labour``."""

    name: str
    unit: str
    kind: str


REPAIR_ITEMS: dict[str, RepairItem] = {
    "call_out": RepairItem("上门检修", "次", "labour"),
    "plumber_hour": RepairItem("水暖工工时", "小时", "labour"),
    "electrician_hour": RepairItem("电工工时", "小时", "labour"),
    "carpenter_hour": RepairItem("木工、门窗工工时", "小时", "labour"),
    "mason_hour": RepairItem("泥瓦工工时", "小时", "labour"),
    "drain_clearing": RepairItem("疏通管道", "次", "labour"),
    "tap": RepairItem("水龙头", "个", "material"),
    "tap_cartridge": RepairItem("水龙头阀芯", "个", "material"),
    "angle_valve": RepairItem("角阀", "个", "material"),
    "flexible_hose": RepairItem("软管", "根", "material"),
    "pipe_m": RepairItem("PPR 给水管", "米", "material"),
    "toilet_fitting": RepairItem("马桶水件", "套", "material"),
    "lock_cylinder": RepairItem("锁芯", "个", "material"),
    "door_lock": RepairItem("门锁", "把", "material"),
    "hinge": RepairItem("合页", "个", "material"),
    "window_handle": RepairItem("窗执手", "个", "material"),
    "socket": RepairItem("插座", "个", "material"),
    "switch": RepairItem("开关", "个", "material"),
    "breaker": RepairItem("空气开关", "个", "material"),
    "lamp": RepairItem("灯具", "个", "material"),
    "wire_m": RepairItem("电线", "米", "material"),
    "waterproof_m2": RepairItem("防水层", "平方米", "material"),
    "putty_m2": RepairItem("墙面批灰刷白", "平方米", "material"),
    "tile_m2": RepairItem("瓷砖", "平方米", "material"),
}
