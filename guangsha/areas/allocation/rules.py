"""What is decided without a record at hand: layouts, tiers, scores, the order of calls, machine matching, the roster's text.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§10-15; 社会救助法 §26; operations.md W3, §4.1, §4.2 items 1, 2, 7, 9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from guangsha.areas.allocation.facts import NEXT_PLAN_STATES, NEXT_SESSION, QUEUES

#: Who may read the list and the plans.
READERS = frozenset({
    "allocation_officer", "district_reviewer", "district_approver", "supervisor", "auditor", "notary_observer",
    "publicity_editor", "legal_officer",
})  # fmt: skip
#: Who lists, proposes and registers at the window.
MAKERS = frozenset({"allocation_officer", "district_reviewer"})
#: Who runs plans and sessions.
OFFICERS = frozenset({"allocation_officer"})
#: Who says whether a registrant still qualifies.
CHECKERS = frozenset({"district_reviewer"})
#: Who signs plans and decisions against a household.
APPROVERS = frozenset({"district_approver", "supervisor"})
#: Who publishes the roster; never who runs the draw.
EDITORS = frozenset({"publicity_editor"})


@dataclass(frozen=True, slots=True)
class LayoutSteps:
    """From how many persons on a household may have which layout (operations.md §4.1).

    Attributes:
        two_from, three_from: persons from which two and three rooms are for.
        three_mixed_from: persons from which three rooms are for a household of two sexes beside the couple or of two generations.
    """

    two_from: int
    three_from: int
    three_mixed_from: int


def layout_of(persons: int, steps: LayoutSteps, *, mixed: bool = False, accessible: bool = False) -> str:
    """The queue of a household.

    >>> steps = LayoutSteps(2, 4, 3)
    >>> layout_of(1, steps), layout_of(3, steps), layout_of(3, steps, mixed=True), layout_of(1, steps, accessible=True)
    ('A', 'B', 'C', 'X')
    """
    if accessible:
        return "X"
    if persons >= steps.three_from or (mixed and persons >= steps.three_mixed_from):
        return "C"
    return "B" if persons >= steps.two_from else "A"


@dataclass(frozen=True, slots=True)
class Relative:
    """One member as the layout rule sees them: relation to the applicant, sex (``1`` male, ``2`` female), born."""

    relation: str
    sex: str
    born: date | None


#: Generations counted from the applicant.
_GENERATION: Mapping[str, int] = {
    "self": 0, "spouse": 0, "sibling": 0, "child": -1, "grandchild": -2, "parent": 1, "grandparent": 2,
}  # fmt: skip


def is_mixed(members: Sequence[Relative], on: date, adult: int = 18) -> bool:
    """Whether two rooms would put persons of different sex or three generations into one: grown children beside their parents'
    room of the other sex than another child, or more than two generations.

    A couple and one child are not: the couple has one room and the child the other.
    """
    if len({_GENERATION.get(one.relation, 0) for one in members}) > 2:
        return True
    rest = [one for one in members if one.relation not in ("self", "spouse")]
    if not any(one.relation == "spouse" for one in members):
        rest = list(members)
    grown = [one for one in rest if one.born is None or (on.year - one.born.year) >= adult]
    return len({one.sex for one in grown if one.sex in "12"}) > 1


def tier_of(kinds: Collection[str], priority: Collection[str]) -> tuple[int, list[str]]:
    """The tier of a household and the grounds on which it stands there.

    Args:
        kinds: codes of its statuses and household types; priority: the codes that a place puts first.
    """
    grounds = sorted(set(kinds) & set(priority))
    return (1, grounds) if grounds else (2, [])


@dataclass(frozen=True, slots=True)
class Weights:
    """Hundredths of a point: for a month of waiting (up to so many months), for a member, for the first tier."""

    month: int
    month_max: int
    member: int
    first_tier: int


def score_of(weights: Weights, waiting_months: int, members: int, tier: int) -> int:
    """The score of a registrant in hundredths of a point, by what the plan announced.

    >>> score_of(Weights(50, 60, 200, 1000), waiting_months=72, members=3, tier=1)
    4600
    """
    waited = min(max(0, waiting_months), weights.month_max)
    return waited * weights.month + members * weights.member + (weights.first_tier if tier == 1 else 0)


def months_between(start: date, end: date) -> int:
    """Whole months from one day to another; none before it began.

    >>> months_between(date(2024, 1, 31), date(2024, 2, 29)), months_between(date(2024, 1, 15), date(2025, 1, 15))
    (0, 12)
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months - (end.day < start.day))


@dataclass(frozen=True, slots=True)
class Contender:
    """A registrant as an order by rule sees it."""

    key: int
    queue: str
    tier: int
    listed_on: date
    number: str
    score: int = 0


def ordered(method: str, contenders: Iterable[Contender]) -> dict[str, list[int]]:
    """The keys of each queue in their order: by tier and place in the list (``queue``), or by score (``score``). Ties go by the
    day of listing, then by the number of the list, so that one input has one order."""
    queues: dict[str, list[Contender]] = {}
    for one in contenders:
        queues.setdefault(one.queue, []).append(one)
    if method == "score":
        return {
            queue: [one.key for one in sorted(rows, key=lambda c: (-c.score, c.listed_on, c.number))]
            for queue, rows in queues.items()
        }
    return {
        queue: [one.key for one in sorted(rows, key=lambda c: (c.tier, c.listed_on, c.number))]
        for queue, rows in queues.items()
    }


def outcomes_of(places: int, dwellings: int, ratio: Decimal) -> list[str]:
    """What order numbers 1 … ``places`` of a queue mean where it has so many dwellings (§4.2 item 7): the first N choose, the next
    ⌈N × ratio⌉ wait to move up.

    >>> outcomes_of(6, 2, Decimal("0.30"))
    ['selector', 'selector', 'waitlist', 'none', 'none', 'none']
    """
    product = dwellings * Fraction(ratio)
    waiting = -(-product.numerator // product.denominator)
    return [
        "selector" if place < dwellings else "waitlist" if place < dwellings + waiting else "none"
        for place in range(places)
    ]


def first_tier_places(dwellings: int, share: Decimal) -> int:
    """How many dwellings of a queue its first tier has for itself: the share, rounded down.

    >>> first_tier_places(7, Decimal("0.40"))
    2
    """
    return int(dwellings * Fraction(share))


def draw_title(plan_name: str) -> str:
    """What stands over the pages of a draw: the plan, and that it is a draw (摇号), said once.

    >>> draw_title("桂园小区第一批"), draw_title("2026年第一批公开摇号")
    ('桂园小区第一批摇号', '2026年第一批公开摇号')
    """
    return plan_name if "摇号" in plan_name else f"{plan_name}摇号"


@dataclass(frozen=True, slots=True)
class Following:
    """What a family is told of what comes after the order: ``when`` and ``where`` in words, minutes to choose and to sign, or, for
    matching by machine, days to sign."""

    when: str
    where: str
    choose_minutes: int
    lock_minutes: int
    sign_days: int | None = None


def what_follows(outcome: str, after: Following) -> str:
    """What comes next for a family whose place in the order is known, in plain sentences.

    >>> what_follows("none", Following("", "", 5, 5))
    '本次没有入选。您家的轮候登记和位次不变，以后的方案可以再登记。'
    """
    if outcome == "none":
        return "本次没有入选。您家的轮候登记和位次不变，以后的方案可以再登记。"
    if outcome == "waitlist":
        return (
            f"您家是候补：{after.when}选房，前面的家庭弃选空出房源的，按顺序递补，递补到您家时通知您；候补只在本方案内有效，没有递补到的，"
            "轮候登记和位次不变。"
        )
    if after.sign_days is not None:
        return (
            f"您家入选。{after.when}按志愿配房，配给您家的房源会显示在“我的轮候”；配房后 {after.sign_days} 天内请到{after.where}签字，"
            "不接受的可以弃选，逾期未签的退回。"
        )
    return (
        f"您家入选。{after.when}在{after.where}按顺序叫号选房；轮到您家时有 {after.choose_minutes} 分钟选房，选定后 {after.lock_minutes} 分钟内签字。"
        "请按时到场，叫号未到的排到本半天最后再叫一次，仍未到的视为弃选。"
    )


# Low floors and dwellings without steps (operations.md §4.1) ------------------------------------------------------------


def is_kept_first(floor: int, accessible: bool, low_floor: int) -> bool:
    """Whether elderly and disabled families choose a dwelling first: without steps, or on a floor up to ``low_floor`` (0: none).

    >>> is_kept_first(1, False, 2), is_kept_first(9, True, 2), is_kept_first(3, False, 2), is_kept_first(1, False, 0)
    (True, True, False, False)
    """
    return bool(low_floor) and (accessible or 1 <= floor <= low_floor)


def is_elderly(born: date | None, on: date, age: int) -> bool:
    """Whether somebody has reached an age on a day; born on 29 February one is a year older on 1 March of a common year.

    >>> is_elderly(date(1956, 3, 2), date(2026, 3, 1), 70), is_elderly(date(1956, 3, 1), date(2026, 3, 1), 70)
    (False, True)
    """
    if born is None:
        return False
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) >= age


def may_take_kept(free: int, waiting: int) -> bool:
    """Whether a family without such need may take one of the dwellings that are kept first: only while more of them are free than
    families with the need still wait to choose in the queue, so that each of those finds one and none stays empty for them.

    >>> may_take_kept(3, 2), may_take_kept(2, 2), may_take_kept(1, 0)
    (True, False, True)
    """
    return free > waiting


# The room -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A family as the order of calls sees it."""

    key: int
    state: str
    outcome: str
    order_number: int
    missed: int


def call_key(turn: Turn, half_day: int) -> tuple[int, int, int, int]:
    """Where a family stands in the order of calls: families of one half-day (so many order numbers) together, in each those that
    missed their call behind the others (§4.2 item 9), families that moved up behind all that were drawn."""
    late = turn.outcome != "selector"
    return (int(late), (turn.order_number - 1) // half_day, turn.missed, turn.order_number)


def next_to_call(turns: Iterable[Turn], half_day: int) -> Turn | None:
    """The family to be called: waiting, moved up, or once missed; None where nobody is left."""
    left = [turn for turn in turns if turn.state in ("waiting", "moved_up", "missed") and turn.missed < 2
            and (turn.outcome == "selector" or turn.state != "waiting")]  # fmt: skip
    return min(left, key=lambda turn: call_key(turn, half_day), default=None)


def may_follow(before: str, after: str) -> bool:
    """Whether a family in the room may come from one state to another."""
    return after in NEXT_SESSION[before]


def plan_may_follow(before: str, after: str) -> bool:
    """Whether a plan may come from one state to another."""
    return after in NEXT_PLAN_STATES[before]


def may_take(queue: str, layout: str) -> bool:
    """Whether a family of a queue may take a dwelling of a layout: its own only; what else it could live in is said by the plan
    when the queues are made, so that nobody is outrun in their own."""
    return queue == layout and layout in QUEUES


def wishes_after(wishes: Sequence[str], press: str, unit_no: str) -> list[str]:
    """Ordered wishes after one press on a dwelling: ``add`` at the end, ``up`` or ``down`` by one place, ``off``. A press on a dwelling
    that is not there (any more), or that cannot move further, changes nothing.

    >>> wishes_after(["a", "b"], "add", "c"), wishes_after(["a", "b"], "up", "b"), wishes_after(["a", "b"], "off", "a")
    (['a', 'b', 'c'], ['b', 'a'], ['b'])
    """
    made = list(wishes)
    if press == "add":
        return made if unit_no in made else [*made, unit_no]
    if unit_no not in made:
        return made
    place = made.index(unit_no)
    del made[place]
    if press != "off":
        made.insert(max(0, place - 1 if press == "up" else place + 1), unit_no)
    return made


# The files of the roster (§4.2 item 1) --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line of ``roster.csv``: no personal data."""

    entry_no: str
    queue: str
    tier: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of ``units.csv``."""

    unit_no: str
    queue: str
    floor: int
    area_m2: Decimal
    accessible: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What a draw gives one registrant: place in the queue from 1 on, and the random value in hex (empty: ordered by rule)."""

    entry_no: str
    order_number: int
    ticket: str = ""
    outcome: str = ""


def entry_no_of(serial: int) -> str:
    """``T-0001``: the public receipt number.

    >>> entry_no_of(7), entry_no_of(12345)
    ('T-0007', 'T-12345')
    """
    return f"T-{serial:04d}"
