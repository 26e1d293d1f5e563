"""Agencies, the accounts of people who sign in, and the roles in which they act."""

from __future__ import annotations

import time
from binascii import unhexlify
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP
from django_otp.util import random_hex

from guangsha.people.roles import ROLES
from guangsha.privacy.fields import BlindIndexField, SealedTextField
from guangsha.privacy.masks import mask_phone


class Agency(models.Model):
    """One agency. ``path`` is ``/<id>/<id>/`` from the top, so that everything below is a prefix search."""

    KINDS: ClassVar = [
        ("city", "市级机构"), ("district", "区县机构"), ("street", "街道（镇）"), ("community", "社区（村）"),
        ("bureau", "主管部门"),
    ]  # fmt: skip

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级机构"
    )
    kind = models.CharField("层级", max_length=12, choices=KINDS)
    name = models.CharField("名称", max_length=80)
    region_code = models.CharField("行政区划代码", max_length=12)
    path = models.CharField("路径", max_length=120, db_index=True, editable=False)
    active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        constraints = [models.UniqueConstraint(fields=["parent", "name"], name="agency_name_in_parent")]

    def __str__(self) -> str:
        return self.name


class Accounts(BaseUserManager["Account"]):
    """Accounts by their name; passwords are set in ``people.actions`` where the rules are."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)

    def create_superuser(self, username: str, password: str, **more: Any) -> Account:
        account = self.model(username=username, kind="staff", is_superuser=True, **more)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # devices are asked for by class
    """Somebody who signs in: staff by name and password, citizens by phone code, enterprises by name and password."""

    KINDS: ClassVar = [
        ("staff", "工作人员"),
        ("citizen", "群众"),
        ("enterprise", "企业"),
        ("machine", "接口"),
    ]

    username = models.CharField("登录名", max_length=60, unique=True)
    kind = models.CharField("类别", max_length=12, choices=KINDS)
    name = models.CharField("姓名", max_length=60, blank=True)
    phone = SealedTextField("手机号", blank=True)
    phone_index = BlindIndexField(of="phone", kind="phone")
    #: The registry person behind a citizen's account (no foreign key: the registry lies above this room).
    person_id = models.BigIntegerField("对应人员", null=True, unique=True)
    #: How it was shown that the account is that person's (``areas.verification.proofing``).
    proved_by = models.CharField("身份核验方式", max_length=16, blank=True)
    proved_at = models.DateTimeField("身份核验时间", null=True)
    single_sign_on = models.CharField("统一身份标识", max_length=120, blank=True, db_index=True)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    password_changed_at = models.DateTimeField("密码更改时间", null=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    #: Counted up to end every session of the account (退出全部设备): it goes into the digest that a session carries.
    session_round = models.PositiveIntegerField("登录轮次", default=0, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[Accounts] = Accounts()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=Q(kind="citizen") & ~Q(phone_index=""),
                name="account_citizen_phone",
            ),
            models.UniqueConstraint(
                fields=["single_sign_on"], condition=~Q(single_sign_on=""), name="account_single_sign_on"
            ),
        ]

    def __str__(self) -> str:
        if not self.name and self.kind == "citizen" and self.phone:  # nobody has proved yet who they are
            return mask_phone(self.phone)
        return self.name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        salt = "guangsha.people.models.Account.session"
        value = f"{self.password}|{self.session_round}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_staff(self) -> bool:
        """Django's admin asks for it: only who is system administrator today configures."""
        today = timezone.localdate()
        held = self.appointments.filter(role="system_admin", started_on__lte=today, agency__active=True)
        return self.kind == "staff" and (
            self.is_superuser or held.filter(Q(ended_on=None) | Q(ended_on__gte=today)).exists()
        )


class Appointment(models.Model):
    """A role that an account holds in an agency, from one day to another."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="appointments", verbose_name="账号")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="appointments", verbose_name="机构")
    role = models.CharField("角色", max_length=24, choices=list(ROLES.items()))
    started_on = models.DateField("起")
    ended_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "agency", "role"], condition=Q(ended_on=None), name="appointment_once"
            )
        ]


class Delegation(models.Model):
    """A duty that somebody else takes over for some days (委托、顶岗). The log names both."""

    holder = models.ForeignKey(Account, models.PROTECT, related_name="delegated", verbose_name="委托人")
    deputy = models.ForeignKey(Account, models.PROTECT, related_name="deputised", verbose_name="受托人")
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="机构")
    role = models.CharField("角色", max_length=24, choices=list(ROLES.items()))
    started_on = models.DateField("起")
    ended_on = models.DateField("止")
    reason = models.CharField("事由", max_length=200)
    revoked_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "委托"


class Kinship(models.Model):
    """A relative whose matters a member of staff must not handle (回避), by blind index: the name is not kept here."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="kin", verbose_name="工作人员")
    identity_index = models.CharField("亲属证件索引", max_length=64, db_index=True)
    relation = models.CharField("关系", max_length=20)
    declared_at = models.DateTimeField("申报时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "回避申报"
        constraints = [models.UniqueConstraint(fields=["account", "identity_index"], name="kinship_once")]


class PhoneCode(models.Model):
    """A code sent to a phone: kept as a digest, few tries, a few minutes. ``handle`` is known to the session that asked for it
    only, so that somebody else's requests and wrong tries do not use it up; a code opens what its ``purpose`` says."""

    handle = models.CharField("会话凭据", max_length=64, blank=True, default="", db_index=True)
    purpose = models.CharField("用途", max_length=10, default="sign_in")
    phone_index = models.CharField("手机号索引", max_length=64, db_index=True)
    address_index = models.CharField("网络地址索引", max_length=64, blank=True, default="", db_index=True)
    digest = models.CharField("验证码摘要", max_length=64)
    sent_at = models.DateTimeField("发送时间", db_index=True)
    expires_at = models.DateTimeField("失效时间")
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "短信验证码"


class ApiToken(models.Model):
    """A machine's key to the API: the digest of the secret, and what it may do.

    ``account`` is who the machine is in drafts and cases; a key that takes the place of another has the account of the other.
    Nobody signs in with it: it is closed and has no password.
    """

    name = models.CharField("用途", max_length=80)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="机构")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="machine_keys", verbose_name="接口账号"
    )
    digest = models.CharField("密钥摘要", max_length=64, unique=True)
    scopes = models.JSONField("权限范围", default=list)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间", null=True)
    revoked_at = models.DateTimeField("撤回时间", null=True)
    last_used_at = models.DateTimeField("最近使用", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"


class PastPassword(models.Model):
    """A password that was in use, as its hash: it must not come back soon."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="past_passwords", verbose_name="账号")
    hashed = models.CharField("密码摘要", max_length=255)
    at = models.DateTimeField("更换时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "历史密码"


class SignInFault(models.Model):
    """A sign-in that failed, by the keyed index of the name or of the network address: neither is kept plain, and a name
    that does not exist is counted like one that does."""

    subject = models.CharField("对象索引", max_length=64)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "登录失败记录"
        indexes = [models.Index(fields=["subject", "at"], name="sign_in_fault_subject")]


class KnownOrigin(models.Model):
    """A network address (its keyed index) from which an account was opened rightly: its owner is let through there while strangers
    elsewhere try names and phones."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="origins", verbose_name="账号")
    place = models.CharField("网络地址索引", max_length=64)
    seen_at = models.DateTimeField("最近登录")

    class Meta:
        verbose_name = verbose_name_plural = "常用网络"
        constraints = [models.UniqueConstraint(fields=["account", "place"], name="known_origin_once")]


class FactorDevice(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """A phone that shows codes (TOTP, RFC 6238), by django-otp's algorithm and throttle, with its secret sealed at rest.

    ``recovery`` are the codes for a lost phone, parted by blanks; each leaves the column when it is used.
    """

    TOLERANCE = 1  # steps before and after: phones run a little fast or slow

    key = SealedTextField("密钥", default=random_hex)
    drift = models.SmallIntegerField("时钟偏差", default=0)
    last_t = models.BigIntegerField("已用步数", default=-1)
    recovery = SealedTextField("恢复码", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "动态口令"
        constraints = [models.UniqueConstraint(fields=["user", "confirmed"], name="factor_device_once")]

    @property
    def bin_key(self) -> bytes:
        """The secret as bytes."""
        return unhexlify(self.key.encode())

    def get_throttle_factor(self) -> int:
        """Seconds to wait after the first wrong code; doubled with each further one."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether ``token`` is the code of this moment and was not used before; a wrong one makes the next wait."""
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(self.bin_key, drift=self.drift)
        totp.time = time.time()
        right = token.isdecimal() and totp.verify(int(token), self.TOLERANCE, self.last_t + 1)
        if not right:
            self.throttle_increment(commit=True)
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self._used()
        return True

    def verify_recovery(self, code: str) -> bool:
        """Whether ``code`` is an unused recovery code; it is used up by this."""
        if not self.verify_is_allowed()[0]:
            return False
        left = self.recovery.split()
        if code not in left:
            self.throttle_increment(commit=True)
            return False
        left.remove(code)
        self.recovery = " ".join(left)
        self._used()
        return True

    def _used(self) -> None:
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
