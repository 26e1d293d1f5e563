"""The database that the demo may use: an empty one, or one that the demo built itself. A real agency's is never touched."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django_otp.oath import totp

from guangsha.areas.intake.models import Case, Draft, Material, ProxyAuthorization
from guangsha.areas.registry.models import ImportBatch, Person
from guangsha.areas.subsidy.models import Batch, ReturnFile
from guangsha.areas.subsidy.payment_actions import register
from guangsha.audit.models import Act
from guangsha.demo.books import wipe_books
from guangsha.demo.cast import PASSWORD
from guangsha.demo.district import BUILT
from guangsha.demo.year_book import BUILT as YEAR_BOOK
from guangsha.kernel.errors import InputError
from guangsha.people import factors
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, FactorDevice
from guangsha.people.roles import ROLES
from guangsha.privacy import files

#: Where the sign-ins of the demo are written, readable by its owner only.
SIGN_INS = "demo-sign-ins.txt"


def standing() -> str:
    """``empty``, ``demo`` or ``real``: what the database holds. Its tables exist."""
    if Act.objects.filter(action__in=(BUILT, YEAR_BOOK)).exists():
        return "demo"
    holds = (
        Account.objects.exists() or Person.objects.exists() or Case.objects.exists() or Act.objects.exists()
    )
    return "real" if holds else "empty"


def has_district() -> bool:
    """Whether the demo district is there, and not the year book alone."""
    return Act.objects.filter(action=BUILT).exists()


def refuse_real() -> None:
    """Raise where the database is somebody's own.

    Raises:
        InputError: it holds what the demo did not write.
    """
    if standing() == "real":
        raise InputError(
            "数据库里有不是演示生成的数据，没有做任何改动",
            where=str(connection.settings_dict["NAME"]),
            advice="请用 GUANGSHA_DATA 或 DATABASE_URL 指定另一个空的数据目录或数据库，再运行演示。",
        )


def empty() -> None:
    """Remove everything that the demo built, its files among it. Only ever called on a demo's own database.

    Raises:
        InputError: it is not a demo's.
    """
    refuse_real()
    for stored in [
        *Material.objects.exclude(stored="").values_list("stored", flat=True),
        *ProxyAuthorization.objects.values_list("stored", flat=True),
        *ImportBatch.objects.exclude(stored="").values_list("stored", flat=True),
        *Batch.objects.exclude(file_stored="").values_list("file_stored", flat=True),
        *ReturnFile.objects.exclude(stored="").values_list("stored", flat=True),
    ]:
        files.remove(stored)
    shutil.rmtree(register.folder(), ignore_errors=True)  # what this demo sent to its bank
    wipe_books()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=False)
    for name in ("exchange.json", SIGN_INS, "sms.log"):
        (Path(settings.GUANGSHA_DATA) / name).unlink(missing_ok=True)
    connections.close_all()


def counts() -> str:
    """What would be lost, in words."""
    return f"{Person.objects.count()} 人、{Case.objects.count()} 个办件、{Draft.objects.count()} 份草稿"


def enrol() -> None:
    """A second factor for every member of staff who needs one, new secrets each time."""
    for account in Account.objects.filter(kind="staff", is_active=True).order_by("pk"):
        if factors.needed(account) and factors.device_of(account) is None:
            codes = " ".join(secrets.token_hex(5) for _ in range(factors.RECOVERY_CODES))
            FactorDevice.objects.create(user=account, name="动态口令", confirmed=True, recovery=codes)


def code_now(login: str) -> str:
    """The six digits that an authenticator app would show now.

    Raises:
        InputError: no such account, or one without a second factor; or no demo.
    """
    if standing() != "demo":
        raise InputError("只有演示数据才能这样取动态口令", advice="请先运行 guangsha demo --serve 。")
    device = FactorDevice.objects.filter(user__username=login, confirmed=True).first()
    if device is None:
        raise InputError(f"“{login[:60]}”不需要动态口令，或没有这个账号", advice="请对照登录账号表。")
    return f"{totp(device.bin_key, drift=device.drift):06d}"


def sign_ins() -> str:
    """Everybody of the cast who can sign in, as a table for a terminal."""
    lines = [f"工作人员：/office/sign-in/ ，密码都是 {PASSWORD}", ""]
    rows = [("登录名", "姓名", "岗位", "动态口令密钥（认证器 App）", "恢复码（一次有效）")]
    for account in Account.objects.filter(kind="staff", is_active=True).order_by("pk"):
        roles = "、".join(ROLES[role] for role in sorted(build_actor(account).roles))
        device = factors.device_of(account)
        secret = factors.secret_of(device).replace(" ", "") if device else "不需要"
        recovery = device.recovery.split()[0] if device and device.recovery else ""
        rows.append((account.username, account.name, roles, secret, recovery))
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines += [
        "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += ["", "没有认证器 App 时取当前口令：guangsha demo --code 登录名", ""]
    lines += ["群众：/sign-in/ ，用手机号登录，验证码写在数据目录的 sms.log 最后一行", ""]
    for name, phone, about in (
        ("李建国", "19900000001", "75 岁，有在办、已办结和维修办件"),
        ("王芳", "19900000002", "有公示中和待补正的办件"),
    ):
        lines.append(f"  {phone}  {name}（{about}）")
    return "\n".join(lines) + "\n"


def write_sign_ins() -> Path:
    """Keep the table beside the data, so that it can be looked up again."""
    path = Path(settings.GUANGSHA_DATA) / SIGN_INS
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(sign_ins())
    return path


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def seconds_left() -> int:
    """How long a code of now is good for."""
    return 30 - int(time.time()) % 30
