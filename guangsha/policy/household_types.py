"""The kinds of household (保障对象类别) that policies speak of, each with the number it has in a batch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HouseholdType:
    """``number`` stands in result columns; bit ``number - 1`` of a mask of matched types is this type's."""

    code: str
    number: int
    name: str

    @property
    def bit(self) -> int:
        return 1 << (self.number - 1)


#: Never renumber one: stored results hold the numbers.
HOUSEHOLD_TYPES: tuple[HouseholdType, ...] = tuple(
    HouseholdType(code, number, name)
    for number, (code, name) in enumerate(
        (
            ("extreme_poverty", "分散供养特困人员"), ("minimum_living", "最低生活保障家庭"),
            ("minimum_living_edge", "最低生活保障边缘家庭"), ("rigid_expenditure", "刚性支出困难家庭"),
            ("low_income", "城镇低收入家庭"), ("lower_middle", "中等偏下收入家庭"), ("new_employee", "新就业无房职工"),
            ("migrant_worker", "稳定就业外来务工人员"), ("graduate", "大学毕业生"), ("talent", "高层次人才"),
            ("public_post", "公益性岗位职工"), ("veteran", "优抚对象"), ("dangerous_home", "D级危房户"),
        ),
        1,
    )
)  # fmt: skip
TYPE_BY_CODE: dict[str, HouseholdType] = {kind.code: kind for kind in HOUSEHOLD_TYPES}
TYPE_BY_NUMBER: dict[int, HouseholdType] = {kind.number: kind for kind in HOUSEHOLD_TYPES}


def types_of(mask: int) -> tuple[HouseholdType, ...]:
    """The types whose bits stand in ``mask``."""
    return tuple(kind for kind in HOUSEHOLD_TYPES if mask & kind.bit)
