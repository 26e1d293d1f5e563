"""The content policy of a page: most pages have the same, written once."""

from __future__ import annotations

from functools import lru_cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

#: What a view or django-csp puts on an answer or a request whose policy is its own.
_OF_ITS_OWN = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


@lru_cache(maxsize=1)
def _usual() -> str:
    return str(build_policy())


class ContentPolicy(CSPMiddleware):
    """django-csp, which builds the header anew for every answer, asked only where a page differs from the rest."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Put the policy on the answer."""
        own = getattr(request, "_csp_nonce", None) or any(hasattr(response, name) for name in _OF_ITS_OWN)
        if own or settings.DEBUG or getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _usual())
        return response
