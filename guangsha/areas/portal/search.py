"""Finding a service by the words that people use. Pure.

People type "怎么申请公租房" or "漏水"; the catalogue says "公租房保障资格申请" and "房屋报修". A service is found when a name of it
is in the question, the question is in a name, or enough pairs of neighbouring characters are shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from guangsha.areas.intake.catalogue import Service
from guangsha.kernel.numbers import normalise

#: A question is a few words; what is longer is cut.
QUERY_MAX = 60
#: Words of a question that say nothing about the matter.
_IDLE = re.compile(
    r"怎么样?|如何|我想?要?|想要?|申请|办理|查询|哪里|可以|能不能|什么|请问|一下|[的了吗呢，。？?！!、\s]"
)
#: Shared pairs of characters, in hundredths of the pairs of the question, from which a service counts as found.
_SHARE_LEAST = 50


def find_services(services: Iterable[Service], query: str) -> list[Service]:
    """Services that answer ``query``, the best first; all of them for an empty query."""
    listed = list(services)
    whole = "".join(normalise(query).lower().split())[:QUERY_MAX]
    if not whole:
        return listed
    wanted = _IDLE.sub("", whole) or whole
    scored = [(_score(service, wanted), number, service) for number, service in enumerate(listed)]
    return [service for score, _, service in sorted(scored, key=lambda item: (-item[0], item[1])) if score]


def _score(service: Service, wanted: str) -> int:
    best = 0
    for weight, names in ((100, (service.name,)), (95, service.aka), (60, (service.group, service.summary))):
        for name in names:
            text = name.lower()
            if wanted in text:
                best = max(best, weight)
            elif weight > 60 and len(text) > 1 and (text in wanted or _IDLE.sub("", text) in wanted != ""):
                best = max(best, weight - 10)
            else:
                best = max(best, _shared(wanted, text) * weight // 200)
    return best


def _shared(wanted: str, text: str) -> int:
    """How many hundredths of the pairs of ``wanted`` are in ``text``; nothing below the least share."""
    pairs = {wanted[place : place + 2] for place in range(len(wanted) - 1)}
    if not pairs:
        return 0
    share = 100 * sum(pair in text for pair in pairs) // len(pairs)
    return share if share >= _SHARE_LEAST else 0
