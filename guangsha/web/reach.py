"""Whether whoever looks at a page may follow a link on it: a link that answers "not found" only to them is not shown.

Only the gate of the page is asked, which costs no query; what is decided object by object the view that shows the link knows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import Resolver404, get_urlconf, resolve
from jinja2 import pass_context
from jinja2.runtime import Context

from guangsha.people.actors import actor_of
from guangsha.people.gates import Gate, gate_of

#: Addresses whose gate is remembered: those of lists and of what is looked at now.
_KEPT = 2048


@lru_cache(maxsize=_KEPT)
def _gate(path: str, urlconf: str | None) -> tuple[bool, Gate | None]:
    """Whether the address exists, and its gate."""
    try:
        return True, gate_of(resolve(path, urlconf).func)
    except Resolver404:
        return False, None


def may_open(actor: Any, href: str) -> bool:
    """Whether the gate of one of our own addresses admits an actor (None: a stranger); a page without a gate asks for itself."""
    exists, gate = _gate(href.partition("?")[0].partition("#")[0], get_urlconf())
    return exists and (gate is None or gate.admits(actor))


@pass_context
def opens(context: Context, href: str) -> bool:
    """:func:`may_open` for whoever the page is shown to."""
    return may_open(actor_of(context["request"]), href)
