"""What may be done with door credentials. No act here can lock a living household out: that is how they are written. Pure.

A household lives there from the hand-over until it has given the dwelling back, or a court has ordered it cleared. As long as it
lives there it keeps at least one lasting credential that works without consent, network or a phone (a key, a card, a code), an
emergency key is recorded for the device, and the door always opens from inside.

Source: operations.md W18 (hard rule); 行政强制法 §43 (no cutting off to force residents), §53-54; 民法典 §944; 住房租赁条例 §12; 个人信息
保护法 §29, §31. ``docs/algorithms/access.md`` says it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from guangsha.areas.tenancy.facts import DEPENDABLE, FORBIDDEN_STOPS, GRANT_KINDS, STOP_REASONS
from guangsha.kernel.errors import InputError

LAW = {
    "arrears": "不得以停用门禁的方式催缴租金（行政强制法第四十三条、民法典第九百四十四条）。欠租按催缴、分期、诉讼办理",
    "violation": "不得以停用门禁的方式处理违规（行政强制法第四十三条）。违规按核查、听取意见、决定办理",
    "pressure": "不得采取威胁或者其他非法手段迫使承租人腾退（住房租赁条例第十二条）。请依法申请法院执行",
}


class LockOut(InputError):
    """It would leave somebody outside their home, or it is for a reason that is none."""

    code = "lock-out"


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential: its kind (``facts.GRANT_KINDS``), whether it is lasting, and its last day (None: no end)."""

    kind: str
    lasting: bool
    active: bool = True
    until: date | None = None

    def opens(self, on: date) -> bool:
        """Whether the door opens with it on a day."""
        return self.active and (self.until is None or on <= self.until)

    def keeps_home(self) -> bool:
        """Whether a household that has only this one is at home: it lasts and depends on nothing."""
        return self.active and self.lasting and self.kind in DEPENDABLE and self.until is None


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of one lease: whether the household lives there, and its credentials."""

    handed_over: bool = False
    ended: bool = False
    handed_back: bool = False
    court_title: bool = False
    credentials: tuple[Credential, ...] = ()

    @property
    def lived_in(self) -> bool:
        """Whether nobody may be locked out: handed over, and neither given back nor ordered cleared by a court."""
        return self.handed_over and not self.handed_back and not self.court_title

    @property
    def safe(self) -> bool:
        """Whether the household, if one lives there, has a credential that keeps its home."""
        return not self.lived_in or any(one.keeps_home() for one in self.credentials)


def issue(doors: Doors, credential: Credential) -> Doors:
    """One more credential.

    Raises:
        LockOut: a lasting one that could fail or end by itself: whoever relied on it would stand outside.
    """
    if credential.lasting and not credential.keeps_home():
        raise LockOut(
            f"{GRANT_KINDS[credential.kind]}不能作常用凭证",
            where="凭证",
            advice="常用凭证只能是钥匙、门禁卡或密码，且不设到期日。",
        )
    return replace(doors, credentials=(*doors.credentials, credential))


def hand_over(doors: Doors, keys: Sequence[Credential]) -> Doors:
    """The household moves in with its keys.

    Raises:
        LockOut: without a credential that keeps its home.
    """
    for key in keys:
        doors = issue(doors, key)
    moved = replace(doors, handed_over=True)
    if not moved.safe:
        raise LockOut("没有交付钥匙或门禁卡，不能办理入住", where="钥匙", advice="请至少交付一把钥匙。")
    return moved


def why_not_stop(doors: Doors, index: int, reason: str) -> str:
    """Why a credential may not be stopped for a reason; empty when it may."""
    if reason in FORBIDDEN_STOPS:
        return LAW[reason]
    if reason not in STOP_REASONS:
        return "没有这项停用事由"
    if reason == "lease_ended" and not (doors.ended and doors.handed_back):
        return "租约终止并且交还房屋以后，才能停用全部凭证"
    if reason == "court" and not doors.court_title:
        return "没有法院的执行裁定，不能以此停用凭证（行政强制法第五十三条）"
    if not replace(doors, credentials=without(doors.credentials, index)).safe:
        return "这是居住家庭最后一个常用凭证，停用会使其不能进门；请先补发新的，再停用这一个"
    return ""


def without(credentials: Sequence[Credential], index: int) -> tuple[Credential, ...]:
    """The credentials with one stopped."""
    return tuple(replace(one, active=False) if k == index else one for k, one in enumerate(credentials))


def stop(doors: Doors, index: int, reason: str) -> Doors:
    """Stop one credential.

    Raises:
        LockOut: it may not be stopped; the sentence names the law.
    """
    if why := why_not_stop(doors, index, reason):
        raise LockOut(why, where="停用凭证", advice="居住期间只能停用多余的、遗失后已补发的凭证。")
    return replace(doors, credentials=without(doors.credentials, index))


def expire(doors: Doors, on: date) -> Doors:
    """What the clock does: credentials with an end that is past stop; lasting ones have none."""
    kept = tuple(
        replace(one, active=False) if one.until is not None and one.until < on else one
        for one in doors.credentials
    )
    return replace(doors, credentials=kept)


def why_no_face(
    born: date | None, on: date, *, consent_on: date | None, guardian: bool, others: bool, age_limit: int
) -> str:
    """Why somebody's face may not be used; empty when it may (个人信息保护法 §29, §31)."""
    if consent_on is None or consent_on > on:
        return "人脸须另行书面同意（个人信息保护法第二十九条）"
    if born is None:
        return "不知道出生日期，不能判断是否须监护人同意"
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if years < age_limit and not guardian:
        return f"不满 {age_limit} 周岁的，须监护人同意（个人信息保护法第三十一条）"
    if not others:
        return "须先有钥匙、门禁卡或密码可以代替，人脸不能是唯一方式"
    return ""
