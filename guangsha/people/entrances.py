"""The entrances: passwords with growing waits, phone codes with limits. Unknown and known take the same path.

Limits (source: GB/T 22239-2019 §8.1.4.1; operations.md §6.4): after five faults of a name from one network address that address
waits for that name, a minute at first, twice as long each time, a quarter of an hour at most. Nobody can lock a colleague out
from elsewhere: many faults of a name from everywhere close it only to addresses from which its owner never came. Fifty faults
of an address, whatever the names, close that address (an office behind one address must not lock itself out by five
colleagues). A name that does not exist waits like one that does.

Codes: five minutes, five tries; one a minute, five an hour, ten a day for a phone from one address; twelve an hour, thirty a day for
a phone from everywhere (not counted where its owner came from before), sixty an hour for an address, and a whole that keeps
the bill bounded. A code belongs to the session that asked for it.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, KnownOrigin, PhoneCode, SignInFault
from guangsha.people.senders import current_sender
from guangsha.people.tries import note_faults
from guangsha.privacy.fields import index_of
from guangsha.privacy.sealing import same_index

FAULTS_MAX = 5
#: The first wait after that many faults, doubled with each further one, and the longest.
WAIT_FIRST, WAIT_MAX = timedelta(minutes=1), timedelta(minutes=15)
#: Faults are forgotten after so long.
FAULTS_KEPT = timedelta(hours=1)
#: Faults of one name from everywhere, and of one address for all names, within :data:`LOCKED_FOR`.
NAME_FAULTS_MAX, ADDRESS_FAULTS_MAX = 100, 50
LOCKED_FOR = timedelta(minutes=15)
#: How long an address counts as its owner's after a sign-in, and how many of them.
ORIGIN_LIFE, ORIGINS_MAX = timedelta(days=90), 20
CODE_LIFE = timedelta(minutes=5)
CODE_TRIES_MAX = 5
#: (window, codes) for a phone from one address, and from everywhere.
PHONE_LIMITS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
PHONE_WHOLE = ((timedelta(hours=1), 12), (timedelta(days=1), 30))
ADDRESS_CODES_HOUR = 60
#: All codes of the house in an hour: a city's busiest hour is far below it, a flood of texts is not paid for.
HOUSE_CODES_HOUR = 5000
#: What a code may open, and what its text says.
PURPOSES = {
    "sign_in": "请勿告诉他人。",
    "counter": "用于窗口核对身份，您本人在窗口办理时告诉工作人员；不在窗口的请勿告诉任何人。",
}

_LOG = logging.getLogger("guangsha.people")
WRONG_PASSWORD = "登录名或密码不对"
WRONG_CODE = "验证码不对或已过期"
_ENTRANCE = Actor("system", 0, "登录入口")


class Refused(InputError):
    """The entrance stays closed; the sentence says no more than a stranger may know."""

    code = "sign-in-refused"


class TooMany(Refused):
    """So many codes were asked for that no further one is sent; whatever was sent before stays as it is."""


def sign_in_password(username: str, password: str, *, address: str = "") -> Account:
    """The account behind a name and its password.

    Raises:
        Refused: wrong, unknown, closed, or locked: a stranger cannot tell unknown from wrong, neither by the sentence nor
            by the time (an unknown name costs one hash as well), nor by the lock (it counts names that do not exist).
    """
    name = index_of("sign-in-name", username) or index_of("sign-in-name", "-")
    pair = index_of("sign-in-pair", f"{username}|{address}")
    place = index_of("sign-in-address", address)
    now = timezone.now()
    account = Account.objects.filter(username=username).exclude(kind="citizen").first()
    wait = _wait(name, pair, place, account, now)
    if wait:
        minutes = -(-int(wait.total_seconds()) // 60)
        raise Refused(
            "连续多次登录失败，已暂停登录", advice=f"请 {minutes} 分钟后再试，或请安全管理员重置密码。"
        )
    if account is not None and account.has_usable_password():
        right = account.check_password(password)
    else:
        right = False
        make_password(password)  # the same work as for a name that exists
    if account is None or not right or not account.is_active:
        note_faults((name, pair, place), now)
        if account is not None and account.is_active:
            with transaction.atomic():
                record(_ENTRANCE, "people.sign_in.fault", account)
        raise Refused(WRONG_PASSWORD, advice=f"连续 {FAULTS_MAX} 次不对将暂停登录。")
    SignInFault.objects.filter(subject=pair).delete()
    _remember(account, place, now)
    return account


def note_signed_in(account: Account, way: str) -> None:
    """Write a complete sign-in into the log; ``way`` is password, certificate, single_sign_on or phone."""
    with transaction.atomic():
        record(build_actor(account), "people.sign_in.done", account, after={"way": way})


def send_phone_code(phone: str, *, address: str = "", purpose: str = "sign_in") -> str:
    """Send a fresh code to a phone. The answer is the same whether an account exists or not.

    Returns:
        The handle that only the session which asked keeps; the code is tried with it.

    Raises:
        InputError: no mobile number (operations.md §6.1).
        TooMany: codes for this phone, from this address, or of the whole house.
        Refused: the gateway does not take the text.
    """
    number = checked_phone(phone)
    index, place, now = index_of("phone", number), index_of("sign-in-address", address), timezone.now()
    handle = secrets.token_urlsafe(16)
    with transaction.atomic():
        _one_at_a_time(index, place)
        _refuse_many(index, place, now)
        code = f"{secrets.randbelow(1_000_000):06d}"
        # only the newest opens; what somebody asks for elsewhere does not end it
        PhoneCode.objects.filter(
            phone_index=index, address_index=place, purpose=purpose, used_at=None
        ).update(expires_at=now)
        PhoneCode.objects.create(
            handle=_handle_index(handle),
            purpose=purpose,
            phone_index=index,
            address_index=place,
            digest=_code_digest(number, code),
            sent_at=now,
            expires_at=now + CODE_LIFE,
        )
    minutes = CODE_LIFE.seconds // 60
    text = f"【{settings.GUANGSHA_SITE_NAME}】验证码 {code}，{minutes} 分钟内有效，{PURPOSES[purpose]}"
    try:
        current_sender().send(number, text)
    except Exception as error:  # whatever a city's gateway raises: the person is told what to do
        _LOG.exception("sms gateway failed")
        raise Refused("短信暂时发不出去", advice="请稍后再试，或到窗口办理。") from error
    return handle


def _refuse_many(index: str, place: str, now: datetime) -> None:
    """Raise ``TooMany`` where the phone, the address or the house has had its codes."""
    of_phone = PhoneCode.objects.filter(phone_index=index)
    own = of_phone.filter(address_index=place)
    for window, most in PHONE_LIMITS:
        if own.filter(sent_at__gt=now - window).count() >= most:
            raise TooMany("验证码发送过于频繁", advice=_wait_words(window))
    # whoever floods a phone from elsewhere does not keep its owner from signing in where they always do
    account = Account.objects.filter(kind="citizen", phone_index=index).first()
    if account is None or not _is_known(account, place, now):
        for window, most in PHONE_WHOLE:
            if of_phone.filter(sent_at__gt=now - window).count() >= most:
                raise TooMany("验证码发送过于频繁", advice=_wait_words(window))
        if PhoneCode.objects.filter(sent_at__gt=now - timedelta(hours=1)).count() >= HOUSE_CODES_HOUR:
            raise TooMany("现在登录的人太多", advice="请稍后再试，或到窗口办理。")
    if place:
        near = PhoneCode.objects.filter(address_index=place, sent_at__gt=now - timedelta(hours=1)).count()
        if near >= ADDRESS_CODES_HOUR:
            raise TooMany("这个网络发送的验证码过多", advice="请一小时后再试，或到窗口办理。")


def _one_at_a_time(*keys: str) -> None:
    """Until the end of the transaction nobody else counts the codes of this phone or address: a hundred requests at once must not
    all be the first. SQLite writes one transaction at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for key in sorted(filter(None, keys)):  # in one order, so that two do not wait for one another
                number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def sign_in_citizen(
    phone: str, code: str, *, handle: str = "", address: str = "", purpose: str = "sign_in"
) -> Account:
    """The citizen's account behind a phone and its code; the first time opens it.

    Args:
        handle: of the code, as :func:`send_phone_code` gave it; empty: the newest of the phone.

    Raises:
        Refused: wrong, used, expired, tried too often, or closed.
    """
    number = checked_phone(phone)
    index, now = index_of("phone", number), timezone.now()
    with transaction.atomic():
        sent = PhoneCode.objects.select_for_update().filter(phone_index=index, purpose=purpose)
        if handle:
            sent = sent.filter(handle=_handle_index(handle))
        found = sent.order_by("-id").first()
        account = _open_by_code(found, number, code, now) if found is not None else None
        if account is not None and account.is_active and purpose == "sign_in":
            _remember(account, index_of("sign-in-address", address), now)
    if account is None or not account.is_active:
        raise Refused(WRONG_CODE, advice="请核对短信，或重新获取验证码。")
    return account


def _open_by_code(found: PhoneCode, number: str, code: str, now: datetime) -> Account | None:
    """Inside the transaction that locks the code: count the try, use it up, find or open the account."""
    found.tries += 1
    found.save(update_fields=["tries"])
    if found.used_at is not None or found.expires_at <= now or found.tries > CODE_TRIES_MAX:
        return None
    if not same_index(found.digest, _code_digest(number, code.strip())):
        return None
    found.used_at = now
    found.save(update_fields=["used_at"])
    account = Account.objects.filter(kind="citizen", phone_index=found.phone_index).first()
    if account is None:
        account = Account(username=f"citizen-{secrets.token_hex(8)}", kind="citizen", phone=number)
        account.set_unusable_password()
        account.save(force_insert=True)
        record(CLOCK, "people.account.open", account, after={"kind": "citizen"})
    return account


def checked_phone(phone: str) -> str:
    """A mainland mobile number in canonical writing.

    Raises:
        InputError: it is none.
    """
    number = re.sub(r"[\s-]", "", phone).removeprefix("+86")
    if not re.fullmatch(r"1[3-9]\d{9}", number, flags=re.ASCII):
        raise InputError("手机号应为 11 位数字，以 1 开头", where="手机号")
    return number


def _code_digest(number: str, code: str) -> str:
    return index_of("phone-code", f"{number}|{code}")


def _handle_index(handle: str) -> str:
    return index_of("phone-code-handle", handle)


def _wait(name: str, pair: str, place: str, account: Account | None, now: datetime) -> timedelta | None:
    """How long this address still waits for this name; None: not at all."""
    recent = SignInFault.objects.filter(at__gt=now - LOCKED_FOR)
    if place and recent.filter(subject=place).count() >= ADDRESS_FAULTS_MAX:
        return LOCKED_FOR
    if recent.filter(subject=name).count() >= NAME_FAULTS_MAX and not _is_known(account, place, now):
        return LOCKED_FOR
    faults = list(
        SignInFault.objects.filter(subject=pair, at__gt=now - FAULTS_KEPT)
        .order_by("-at")
        .values_list("at", flat=True)[: FAULTS_MAX + 8]
    )
    if len(faults) < FAULTS_MAX:
        return None
    wait = min(WAIT_FIRST * 2 ** (len(faults) - FAULTS_MAX), WAIT_MAX)
    left = faults[0] + wait - now
    return left if left > timedelta() else None


def _is_known(account: Account | None, place: str, now: datetime) -> bool:
    """Whether the owner of an account came from this address lately."""
    if account is None or not place:
        return False
    return KnownOrigin.objects.filter(account=account, place=place, seen_at__gt=now - ORIGIN_LIFE).exists()


def _remember(account: Account, place: str, now: datetime) -> None:
    if not place:
        return
    KnownOrigin.objects.update_or_create(account=account, place=place, defaults={"seen_at": now})
    old = KnownOrigin.objects.filter(account=account).order_by("-seen_at", "-id")
    KnownOrigin.objects.filter(pk__in=list(old.values_list("pk", flat=True)[ORIGINS_MAX:])).delete()


def _wait_words(window: timedelta) -> str:
    if window <= timedelta(minutes=1):
        return "请 1 分钟后再试。"
    return "请一小时后再试。" if window <= timedelta(hours=1) else "请明天再试，或到窗口办理。"
