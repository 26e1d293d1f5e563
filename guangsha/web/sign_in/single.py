"""The city's single sign-on by OpenID Connect (mozilla-django-oidc); off unless ``GUANGSHA_OIDC_CLIENT`` is set.

It opens accounts that exist and carry the subject of the token in 统一身份标识; it never makes an account and never changes one.
The city's provider is trusted with its own second factor.

The library checks state, nonce, algorithm and signature. What it leaves open is checked here (OpenID Connect Core §3.1.3.7,
§5.3.2): that the token was made for this client and not for another one of the same provider, by the issuer that is named,
that it has an end, and that the answer about the user speaks of the same subject. Whatever goes wrong between here and the
provider brings the person back to the sign-in page with a sentence; what it was stands in the program's log.

A citizen who is signed in by phone may let the provider vouch for their name and number (``?prove=1``): that signs nobody in and
opens nothing; the room that knows persons links the account (:data:`PROVERS`). ``GUANGSHA_OIDC_IDENTITY`` names the claim that
holds the *verified* number; while it is empty this is not offered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.entrances import note_signed_in
from guangsha.people.gates import public
from guangsha.people.models import Account
from guangsha.web.sign_in.sessions import stamp

#: The clocks of two machines differ by less. Seconds.
LEEWAY_SECONDS = 60
_NEEDED = ["exp", "iat", "aud", "sub"]
_FAILED = "统一身份认证没有完成，请稍后重新登录，或改用登录名和密码。"
logger = logging.getLogger("guangsha.sign_in")

_PROVING = "city_proves"
#: Called with a citizen's account and the verified name and number; raises ``InputError`` where they link nothing.
PROVERS: list[Callable[[Account, str, str], object]] = []


def may_prove() -> bool:
    """Whether the provider vouches for citizens here."""
    return bool(settings.GUANGSHA_OIDC and settings.GUANGSHA_OIDC_IDENTITY)


class CityBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Maps a token to an account by its subject."""

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> Account | None:
        """Exchange the code for a token and find the account; None for whatever cannot be believed or reached."""
        try:
            found: Account | None = super().authenticate(request, **kwargs)
        except (SuspiciousOperation, jwt.PyJWTError, requests.RequestException) as error:
            logger.warning("single sign-on: %s: %s", type(error).__name__, error)
            return None
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # an answer of another shape
            logger.warning("single sign-on: the provider's answer cannot be read: %r", error)
            return None
        return found

    def get_user(self, user_id: int) -> Account | None:
        """As for everybody else: an account that was closed is nobody."""
        found: Account | None = ModelBackend.get_user(self, user_id)
        return found

    def _verify_jws(self, payload: Any, key: Any) -> Any:
        if jwt.get_unverified_header(payload).get("alg") != self.OIDC_RP_SIGN_ALGO:
            raise SuspiciousOperation("the token is not signed as agreed")
        claims = jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.GUANGSHA_OIDC_ISSUER or None,
            leeway=LEEWAY_SECONDS,
            options={"require": _NEEDED},
        )
        made_for = claims.get("azp", self.OIDC_RP_CLIENT_ID)
        if made_for != self.OIDC_RP_CLIENT_ID or (isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims):  # fmt: skip
            raise SuspiciousOperation("the token was made for another client")
        return claims

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider says of the user; it must be the user of the token."""
        claims: dict[str, Any] = super().get_userinfo(access_token, id_token, payload)
        if not payload.get("sub") or claims.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the answer about the user speaks of somebody else")
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        """The subject is all that is needed, and it was compared."""
        return bool(claims.get("sub"))

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Account | None:
        """Who the token opens; for a citizen who is being proved their own account, and nobody else's."""
        session = self.request.session
        proving = session.pop(_PROVING, 0)
        if not proving:
            found: Account | None = super().get_or_create_user(access_token, id_token, payload)
            return found
        here = self.request.user
        if not may_prove() or not here.is_authenticated or here.pk != proving or here.kind != "citizen":
            return None
        claims = self.get_userinfo(access_token, id_token, payload)
        name, identity = (
            str(claims.get(key, "")).strip()
            for key in (settings.GUANGSHA_OIDC_NAME, settings.GUANGSHA_OIDC_IDENTITY)
        )
        try:
            for prove in PROVERS:
                prove(here, name, identity)
        except InputError as error:
            messages.error(self.request, str(error))
        return Account.objects.get(pk=here.pk)

    def filter_users_by_claims(self, claims: dict[str, Any]) -> QuerySet[Account]:
        """The account that bears the subject."""
        subject = str(claims.get("sub", "")).strip()
        if not subject or subject.startswith("cert:"):
            return Account.objects.none()
        return Account.objects.filter(single_sign_on=subject, is_active=True).exclude(kind="citizen")

    def describe_user_by_claims(self, claims: dict[str, Any]) -> str:
        """For the program's log."""
        return f"subject {claims.get('sub')}"

    def create_user(self, claims: dict[str, Any]) -> None:
        """Nobody is let in who has no account."""
        return

    def update_user(self, user: Account, claims: dict[str, Any]) -> Account:
        """Names and roles are ours to change."""
        return user


class _Callback(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    def get(self, request: HttpRequest) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().get(request)
        except SuspiciousOperation as error:  # a state that this browser was never given, or that is used up
            logger.warning("single sign-on: %s", error)
            return self.login_failure()
        return answer

    def login_failure(self) -> HttpResponseBase:
        messages.error(self.request, _FAILED)
        answer: HttpResponseBase = super().login_failure()
        return answer

    @property
    def success_url(self) -> str:
        return "/my/identity/" if self.user.kind == "citizen" else str(super().success_url)

    def login_success(self) -> HttpResponseBase:
        answer: HttpResponseBase = super().login_success()
        if self.user.kind != "citizen":  # a citizen was signed in before, and still is
            stamp(self.request)
            note_signed_in(self.user, "single_sign_on")
        return answer


@public
def begin(request: HttpRequest) -> HttpResponseBase:
    """Send the browser to the city's page."""
    if not settings.GUANGSHA_OIDC:
        raise NotThere
    request.session.pop(_PROVING, None)
    if request.GET.get("prove") == "1":
        account = request.user
        if not may_prove() or not isinstance(account, Account) or account.kind != "citizen":
            raise NotThere
        request.session[_PROVING] = account.pk
    answer: HttpResponseBase = OIDCAuthenticationRequestView.as_view()(request)
    return answer


@public
def come_back(request: HttpRequest) -> HttpResponseBase:
    """The browser comes back with a code."""
    if not settings.GUANGSHA_OIDC:
        raise NotThere
    answer: HttpResponseBase = _Callback.as_view()(request)
    return answer
