"""The first page, the list of services, and the guide of each with its self-test."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guangsha.areas.intake.catalogue import Service, services
from guangsha.areas.portal.queries import notices_in_sight
from guangsha.areas.portal.search import QUERY_MAX, find_services
from guangsha.areas.portal.views.common import page
from guangsha.areas.verification.models import SOURCES
from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.people.gates import public

#: Services that most people come for, shown first where they are offered.
FREQUENT = ("elig_apply", "subsidy_apply", "rent", "repair", "fund", "lease_filing")
NOTICES_HOME = 5
AUDIENCES = {"citizen": "个人", "enterprise": "企业和单位"}
REMEDIES = {
    "reexamination": "自收到决定之日起 60 日内向本机关申请复核，15 个工作日内书面答复",
    "reconsideration": "自知道决定之日起 60 日内依法申请行政复议",
    "litigation": "自知道决定之日起 6 个月内依法向人民法院提起行政诉讼",
}
WAYS = {"verified": "免提交", "promise": "承诺代替", "upload": "需要上传"}


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What one can do here, and what is made public now."""
    known = services()
    frequent = [known[code] for code in FREQUENT if code in known] or list(known.values())[:6]
    context = {
        "frequent": frequent,
        "groups": grouped(list(known.values())),
        "notices": [row for row in notices_in_sight() if row.state == "running" and row.ends_on >= timezone.localdate()][:NOTICES_HOME],
    }  # fmt: skip
    return page(request, "home", context)


def grouped(found: list[Service]) -> dict[str, list[Service]]:
    """Services under their headings, in their order."""
    groups: dict[str, list[Service]] = {}
    for service in found:
        groups.setdefault(service.group, []).append(service)
    return groups


@public
@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """All services, or those that answer a question."""
    query = request.GET.get("q", "").strip()[:QUERY_MAX]
    audience = request.GET.get("for", "")
    known = [item for item in services().values() if audience not in AUDIENCES or audience in item.audience]
    found = find_services(known, query)
    context = {
        "query": query, "audience": audience, "audiences": AUDIENCES, "found": found, "groups": grouped(found),
        "all": len(known),
    }  # fmt: skip
    return page(request, "catalogue", context)


@public
@require_GET
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one service, from its file, and the self-test, which is answered here and not kept."""
    service = services().get(code)
    if service is None:
        raise NotThere
    actor = actor_of(request)
    helper = actor is not None and actor.has("community_helper")
    context = {
        "service": service, "sources": dict(SOURCES), "ways": WAYS, "remedies": REMEDIES, "audiences": AUDIENCES,
        "for_citizens": "citizen" in service.audience, "helper": helper,
        "may_apply": not service.instant and (helper or actor is None or actor.kind == "citizen"),
        "tested": "test" in request.GET, "results": self_test(service, request.GET.dict()),
    }  # fmt: skip
    return page(request, "guide", context)


def self_test(service: Service, given: dict[str, str]) -> dict[str, str]:
    """Question code → ``good``, the hint of its file, or that it is not answered. Pure."""
    results = {}
    for question in service.self_test:
        answer = given.get(f"t-{question.code}")
        if answer not in ("yes", "no"):
            results[question.code] = ""
        else:
            results[question.code] = "good" if (answer == "yes") == question.good else question.otherwise
    return results
