"""The second factor: a time-based code (TOTP, RFC 6238, by django-otp), recovery codes for a lost phone.

A code opens once: the device remembers the last step that was used, and wrong ones make the next wait longer. Secrets and
recovery codes are sealed at rest (models.FactorDevice).
"""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction

from guangsha.audit.actions import record
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, FactorDevice

#: Who decides or administrates signs in with two factors (operations.md §6.4; GB/T 22239-2019 §8.1.4.1).
DECIDING = frozenset({
    "district_reviewer", "district_approver", "city_approver", "supervisor", "legal_officer", "allocation_officer",
    "accountant", "fund_officer", "auditor", "system_admin", "security_admin", "audit_admin",
})  # fmt: skip
RECOVERY_CODES = 8


def needed(account: Account) -> bool:
    """Whether this account must have a second factor (``GUANGSHA_SECOND_FACTOR``: deciding, all, none)."""
    if account.kind != "staff" or settings.GUANGSHA_SECOND_FACTOR == "none":
        return False
    if settings.GUANGSHA_SECOND_FACTOR == "all":
        return True
    return account.is_superuser or not build_actor(account).roles.isdisjoint(DECIDING)


def device_of(account: Account) -> FactorDevice | None:
    """The confirmed device, or None."""
    found: FactorDevice | None = FactorDevice.objects.filter(user=account, confirmed=True).first()
    return found


def begin(account: Account) -> FactorDevice:
    """The device that waits for its first code; the same one until it is confirmed, so that a reload shows the same
    picture."""
    device: FactorDevice
    device, _ = FactorDevice.objects.get_or_create(
        user=account, confirmed=False, defaults={"name": "动态口令"}
    )
    return device


def address_of(device: FactorDevice) -> str:
    """The ``otpauth`` address that authenticator apps read."""
    secret = base64.b32encode(device.bin_key).decode()
    label = quote(f"{settings.GUANGSHA_SITE_NAME}:{device.user.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': settings.GUANGSHA_SITE_NAME})}"


def secret_of(device: FactorDevice) -> str:
    """The secret in groups of four, for typing."""
    secret = base64.b32encode(device.bin_key).decode()
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture_of(device: FactorDevice) -> str:
    """The QR code as a data address of an SVG: no script, no other host."""
    address: str = segno.make(address_of(device), error="m").svg_data_uri(scale=5, border=2, light="#fff")
    return address


def confirm(account: Account, code: str) -> list[str]:
    """Confirm the waiting device by its first code; the recovery codes, shown once. Empty: the code was wrong."""
    device = FactorDevice.objects.filter(user=account, confirmed=False).first()
    if device is None or not device.verify_token(code):
        return []
    codes = _new_codes()
    with transaction.atomic():
        FactorDevice.objects.filter(user=account, confirmed=True).delete()
        device.confirmed = True
        device.recovery = " ".join(codes)
        device.save()
        record(build_actor(account), "people.factor.enrol", account)
    return codes


def renew_recovery(account: Account) -> list[str]:
    """New recovery codes in place of all old ones, shown once. Empty: there is no device."""
    codes = _new_codes()
    with transaction.atomic():
        device = FactorDevice.objects.select_for_update().filter(user=account, confirmed=True).first()
        if device is None:
            return []
        device.recovery = " ".join(codes)
        device.save(update_fields=["recovery"])
        record(build_actor(account), "people.factor.recovery", account)
    return codes


def recovery_left(account: Account) -> int:
    """How many recovery codes have not been used."""
    device = device_of(account)
    return len(device.recovery.split()) if device is not None else 0


def verify(account: Account, code: str) -> bool:
    """Whether a code of the device, or a recovery code (used up by it), is right."""
    typed = "".join(code.split()).lower()
    if not typed or len(typed) > 16:
        return False
    with transaction.atomic():
        device: FactorDevice | None = (
            FactorDevice.objects.select_for_update().filter(user=account, confirmed=True).first()
        )
        if device is None:
            return False
        if typed.isdecimal() and len(typed) == 6:
            return device.verify_token(typed)
        return device.verify_recovery(typed)


def forget(account: Account) -> None:
    """Remove every device with its recovery codes; the caller records why."""
    FactorDevice.objects.filter(user=account).delete()


def _new_codes() -> list[str]:
    return [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
