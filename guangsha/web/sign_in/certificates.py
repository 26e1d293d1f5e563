"""Sign-in by certificate (UKey): the proxy or gateway checks the client's certificate, a small class of ours reads it.

``GUANGSHA_CERTIFICATES = "package.module.Class"``; the class has one method. Its answer is looked up in the accounts as
``cert:<subject>`` (column 统一身份标识), so a certificate opens an account that exists and never makes one. A certificate with
its PIN is two factors: no code is asked after it.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from guangsha.people.models import Account

PREFIX = "cert:"


class CertificateReader(Protocol):
    """Reads who the client's certificate names."""

    def subject(self, request: HttpRequest) -> str:
        """The subject (or serial number) of a *verified* certificate; empty when there is none.

        It must take the answer only from where nobody outside can write: a header that the proxy always sets or removes.
        """

    # A reader that can may also have ``person(request) -> tuple[str, str] | None``: the name and identity number that a verified
    # certificate of a citizen vouches for.


def person_of_certificate(request: HttpRequest) -> tuple[str, str] | None:
    """The name and number that a client's certificate vouches for; None where there is none or the reader does not say."""
    ask = getattr(reader(), "person", None)
    found: tuple[str, str] | None = ask(request) if ask is not None else None
    return found


def names_persons() -> bool:
    """Whether certificates of citizens are read here."""
    return hasattr(reader(), "person")


def reader() -> CertificateReader | None:
    """The reader of this installation, or None where certificates are not used."""
    named: str = settings.GUANGSHA_CERTIFICATES
    made: CertificateReader | None = import_string(named)() if named else None
    return made


def account_of_certificate(request: HttpRequest) -> Account | None:
    """The account that the client's certificate opens."""
    found = reader()
    subject = found.subject(request).strip() if found is not None else ""
    if not subject:
        return None
    return (
        Account.objects.filter(single_sign_on=PREFIX + subject, is_active=True)
        .exclude(kind="citizen")
        .first()
    )
