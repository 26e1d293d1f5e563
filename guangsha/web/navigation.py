"""The navigation of both faces, as data; an item whose page is not installed is left out.

A room that can say how many things wait behind an item registers a count::

    @navigation.counts("queue")
    def waiting(actor: Actor) -> int | Asked: ...

What is :class:`~guangsha.people.prepared.Asked` is asked together, in one question to the database; a page that asks for much may
take it along with its own (:func:`waiting_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse

from guangsha.audit.actor import Actor
from guangsha.people.prepared import Asked, fetch_together
from guangsha.people.roles import STAFF


@dataclass(frozen=True, slots=True)
class Item:
    """One link. ``roles`` empty: everybody who sees the face."""

    code: str
    label: str
    page: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """An item as it stands on one page; ``count`` 0 shows no badge."""

    code: str
    label: str
    href: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its links."""

    label: str
    entries: tuple[Link, ...]


PORTAL: tuple[Item, ...] = (
    Item("home", "首页", "portal-home"),
    Item("services", "我要办", "portal-services"),
    Item("track", "我要查", "portal-track"),
    Item("notices", "公开", "portal-notices"),
    Item("my", "我的", "portal-my"),
    Item("messages", "消息", "portal-messages"),
)

#: Headings that lead to what belongs to a citizen; a stranger is asked to sign in there.
_CITIZENS_OWN = frozenset({"my", "messages"})

_CASES = frozenset({
    "street_clerk", "civil_checker", "district_reviewer", "district_approver", "city_approver", "publicity_editor",
    "allocation_officer", "rent_clerk", "legal_officer", "archivist", "supervisor", "auditor", "hotline_agent",
})  # fmt: skip
_WINDOW = frozenset({
    "street_clerk", "district_reviewer", "allocation_officer", "rent_clerk", "fund_officer", "field_inspector", "hotline_agent",
})  # fmt: skip
#: Who works with subsidies or reads them (areas.subsidy.rules.READERS, which lies above this room).
_SUBSIDIES = frozenset({
    "district_reviewer", "rent_clerk", "district_approver", "supervisor", "accountant", "auditor", "city_approver", "civil_checker",
    "legal_officer", "archivist",
})  # fmt: skip
#: Who pays them or reads payments (areas.subsidy.payment_rules.READERS).
_PAYMENTS = frozenset(
    {"rent_clerk", "district_reviewer", "district_approver", "supervisor", "accountant", "auditor"}
)
#: Who may open household files (areas.registry.access.READERS, which lies above this room).
_FILES = (_CASES - {"publicity_editor", "legal_officer", "hotline_agent"}) | {
    "community_helper", "accountant", "fund_officer",
}  # fmt: skip

#: Who works with dwellings, waiting lists and draws or reads them.
_HOUSING = frozenset({
    "allocation_officer", "district_reviewer", "district_approver", "city_approver", "supervisor", "auditor", "rent_clerk",
    "field_inspector", "archivist", "notary_observer", "legal_officer", "accountant",
})  # fmt: skip
_PLANS = frozenset({
    "allocation_officer", "district_reviewer", "district_approver", "supervisor", "auditor", "notary_observer",
    "publicity_editor", "legal_officer",
})  # fmt: skip
_TENANCY = frozenset({
    "rent_clerk", "allocation_officer", "district_reviewer", "district_approver", "supervisor", "auditor", "legal_officer",
    "accountant", "field_inspector", "archivist",
})  # fmt: skip
_RENT = frozenset({"rent_clerk", "accountant", "district_approver", "supervisor", "auditor", "legal_officer"})
_FIELD = frozenset({"field_inspector", "rent_clerk", "hotline_agent", "supervisor", "auditor"})

OFFICE: tuple[tuple[str, tuple[Item, ...]], ...] = (
    (
        "工作",
        (
            Item("home", "今日工作", "office-home", STAFF),
            Item("inbox", "我的消息", "office-inbox", STAFF),
            Item("queue", "办件队列", "office-queue", _CASES),
            Item("proxy", "代办申请", "office-proxy", frozenset({"community_helper"})),
            Item("window", "窗口收件", "office-window", _WINDOW),
            Item("identity", "身份核验", "office-identity", frozenset({"street_clerk", "community_helper", "district_reviewer", "supervisor"})),
            Item("notices", "公示", "office-notices", frozenset({"publicity_editor", "supervisor", "district_reviewer", "legal_officer"})),
            Item("objections", "异议", "office-objections", frozenset({"district_reviewer", "legal_officer", "supervisor"})),
            Item("remedies", "复核", "office-remedies", frozenset({"legal_officer", "supervisor", "city_approver"})),
            Item("ratings", "评价与回访", "office-ratings", frozenset({"supervisor", "hotline_agent"})),
        ),
    ),
    (
        "档案",
        (
            Item("households", "家庭档案", "office-households", _FILES),
            Item("duplicates", "疑似重复", "office-duplicates", frozenset({"district_reviewer", "supervisor"})),
            Item("imports", "批量导入", "office-imports", frozenset({"archivist", "district_reviewer"})),
            Item("verifications", "数据核验", "office-verifications", _CASES),
        ),
    ),
    (
        "补贴",
        (
            Item("subsidies", "补贴协议", "office-subsidies", _SUBSIDIES),
            Item("batches", "补贴发放", "office-batches", _PAYMENTS),
            Item("reviews", "批量复核", "office-reviews", frozenset({"district_reviewer", "district_approver", "supervisor", "auditor"})),
            Item("simulation", "政策测算", "office-simulation", frozenset({"district_reviewer", "supervisor", "auditor", "accountant"})),
        ),
    ),
    (
        "公租房",
        (
            Item("stock", "房源与楼盘表", "office-stock", _HOUSING),
            Item("waitlist", "轮候名册", "office-waitlist", _PLANS),
            Item("plans", "配租方案", "office-plans", _PLANS),
            Item("draws", "公开摇号", "office-draws", _PLANS),
            Item("leases", "租约", "office-leases", _TENANCY),
            Item("rent", "租金账单", "office-rent", _RENT),
            Item("collection", "非税对账", "office-rent-collection", frozenset({"accountant", "supervisor", "auditor"})),
            Item("violations", "违规处理", "office-violations", _TENANCY - {"accountant", "archivist"}),
        ),
    ),
    (
        "现场",
        (
            Item("repairs", "维修工单", "office-repairs", _FIELD),
            Item("hazards", "安全隐患", "office-hazards", _FIELD),
        ),
    ),
    (
        "分析",
        (
            Item("spot-checks", "抽样复查", "office-spot-checks", frozenset({"supervisor", "auditor", "legal_officer", "district_reviewer"})),
            Item("dashboard", "办件统计", "office-dashboard", frozenset({"supervisor", "auditor", "city_approver"})),
            Item("performance", "绩效自评", "office-performance", frozenset({"supervisor", "accountant", "auditor"})),
            Item("reports", "绩效与决算", "reports", frozenset({"supervisor", "accountant", "auditor"})),
        ),
    ),
    (
        "监督",
        (
            Item("acts", "操作记录", "office-acts", frozenset({"audit_admin", "auditor"})),
            Item("reveals", "查看记录抽查", "office-reveals", frozenset({"audit_admin", "auditor", "supervisor"})),
            Item("failed", "发送失败的消息", "office-failed", frozenset({"supervisor", "hotline_agent", "street_clerk", "system_admin"})),
            Item("jobs", "后台任务", "office-jobs", frozenset({"system_admin"})),
        ),
    ),
    (
        "配置",
        (
            Item("delegations", "委托与顶岗", "office-delegations", STAFF),
            Item("colleagues", "同事账号", "office-colleagues", frozenset({"security_admin"})),
            Item("admin", "系统配置", "admin:index", frozenset({"system_admin", "security_admin"})),
        ),
    ),
)  # fmt: skip

_KEPT = "_guangsha_waiting"
Count = Callable[[Actor], int | Asked]
_COUNTS: dict[str, Count] = {}


def counts(code: str) -> Callable[[Count], Count]:
    """Register the count behind the item ``code``: a bounded query, at best a prepared one."""

    def register(count: Count) -> Count:
        _COUNTS[code] = count
        return count

    return register


def href_of(page: str) -> str:
    """The address of a page by its name; empty where it is not installed."""
    return _kept_href(page, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=512)
def _kept_href(page: str, urlconf: str, prefix: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


class Waiting:
    """What waits behind some items for an actor. Asked when it is first needed, or before along with a page's own questions
    (``people.prepared.fetch_together``)."""

    def __init__(self, actor: Actor, items: Iterable[Item]) -> None:
        codes = [item.code for item in items if item.code in _COUNTS and href_of(item.page)]
        found = {code: _COUNTS[code](actor) for code in codes}
        self._asked = {code: count for code, count in found.items() if isinstance(count, Asked)}
        self._known = {code: count for code, count in found.items() if isinstance(count, int)}
        self._told = False

    @property
    def asked(self) -> list[Asked]:
        """The questions."""
        return list(self._asked.values())

    def tell(self, answers: Sequence[int]) -> None:
        """What they give."""
        self._known.update(zip(self._asked, answers, strict=True))
        self._told = True

    def behind(self, code: str) -> int:
        """How many things wait behind an item; 0 where nothing is counted."""
        if not self._told:
            self.tell(fetch_together(self.asked))
        return self._known.get(code, 0)


def waiting_of(request: HttpRequest, actor: Actor) -> Waiting:
    """What waits behind the items that this page will show; kept on the request. Pages of the office are those of staff."""
    kept: Waiting | None = getattr(request, _KEPT, None)
    if kept is None:
        own = [item for _, item in _of_office(actor)] if actor.kind == "staff" else _of_portal(actor)
        kept = Waiting(actor, own)
        setattr(request, _KEPT, kept)
    return kept


def _links(items: Iterable[Item], waiting: Waiting | None) -> list[Link]:
    """The items that are installed, with what waits behind them."""
    return [
        Link(item.code, item.label, href, waiting.behind(item.code) if waiting else 0)
        for item in items
        if (href := href_of(item.page))
    ]


def _of_portal(actor: Actor | None) -> list[Item]:
    """Whoever is no citizen has nothing of their own in the portal."""
    return [
        item for item in PORTAL if actor is None or actor.kind == "citizen" or item.code not in _CITIZENS_OWN
    ]


def _of_office(actor: Actor) -> list[tuple[str, Item]]:
    return [
        (label, item) for label, items in OFFICE for item in items if not actor.roles.isdisjoint(item.roles)
    ]


def portal_navigation(actor: Actor | None, waiting: Waiting | None = None) -> list[Link]:
    """The headings of the portal; ``waiting`` where the page's request keeps it. Staff are told what waits in the office."""
    mine = _of_portal(actor)
    if actor is None or actor.kind == "staff":
        return _links(mine, None)
    return _links(mine, waiting or Waiting(actor, mine))


def office_navigation(actor: Actor | None, waiting: Waiting | None = None) -> list[Group]:
    """The headings of the office for somebody in their roles; empty for a stranger. ``waiting`` where the page's request keeps it."""
    if actor is None:
        return []
    mine = _of_office(actor)
    items = [item for _, item in mine]
    links = {link.code: link for link in _links(items, waiting or Waiting(actor, items))}
    groups: dict[str, list[Link]] = {}
    for label, item in mine:
        if item.code in links:
            groups.setdefault(label, []).append(links[item.code])
    return [Group(label, tuple(found)) for label, found in groups.items()]
