"""Photographs of repairs, hazards and rounds: checked by their content, without the place where they were taken, sealed at rest."""

from __future__ import annotations

import io

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

from guangsha.areas.fieldwork.access import access_hazard, access_order, access_round
from guangsha.areas.fieldwork.actions.base import NotAllowed
from guangsha.areas.fieldwork.facts import OPEN_HAZARDS, OPEN_ORDERS, PHOTO_MOMENTS
from guangsha.areas.fieldwork.models import FieldPhoto, Hazard, RepairOrder, Round
from guangsha.areas.fieldwork.rules import INSPECTORS
from guangsha.areas.intake.files import SIZE_MAX, sniff
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.privacy import files

CONTEXT = "fieldwork.photo"
#: Of one order or hazard at one moment (报修, 维修前, 维修后 …).
PER_MOMENT_MAX = 6
#: The longer side of what is kept, in pixels: a crack can be seen, a phone's forty megapixels need not be kept.
SIDE_MAX = 1600
#: Pictures that unpack to more than this are no photographs.
PIXELS_MAX = 80_000_000
#: Small enough to be sent from an old phone; a screen full of them is read in a moment.
QUALITY = 82


def prepared(data: bytes) -> bytes:
    """A photograph as it is kept: JPEG, upright, at most :data:`SIDE_MAX` pixels a side, without any note of camera or place.

    Raises:
        InputError: no picture that we take.
    """
    if sniff(data) not in ("image/jpeg", "image/png"):
        raise InputError("照片只收 JPG 和 PNG", where="照片", advice="请用手机直接拍照，或换一种格式。")
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                raise InputError("照片尺寸过大", where="照片", advice="请用手机直接拍照上传。")
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise InputError("照片打不开", where="照片", advice="请重新拍一张。") from None
    upright.thumbnail((SIDE_MAX, SIDE_MAX))
    kept = io.BytesIO()
    upright.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()


def add_order_photo(actor: Actor, number: str, moment: str, data: bytes) -> FieldPhoto:
    """Add a photograph to an order that is open, or just finished; the same picture twice is one.

    Raises:
        InputError: no picture, or too many.
        NotAllowed: closed, or not the actor's moment: reporters show what is broken, crews what they did.
    """
    order = access_order(actor, number)
    own = {"report"} if actor.kind == "citizen" else {"report", "before", "after"}
    if moment not in own or order.state not in (*OPEN_ORDERS, "done"):
        raise NotAllowed("现在不能再添加照片", where=order.number, advice="请刷新页面。")
    return _added(actor, data, moment, order=order)


def add_hazard_photo(actor: Actor, number: str, moment: str, data: bytes) -> FieldPhoto:
    """Add a photograph to a hazard that is open; the same picture twice is one.

    Raises:
        InputError: no picture, or too many.
        NotAllowed: closed.
    """
    hazard = access_hazard(actor, number)
    if moment not in ("found", "fixed") or hazard.state not in OPEN_HAZARDS:
        raise NotAllowed("现在不能再添加照片", where=hazard.number, advice="请刷新页面。")
    return _added(actor, data, moment, hazard=hazard)


def add_round_photo(actor: Actor, key: int, data: bytes) -> FieldPhoto:
    """Add a photograph of what was seen on a round, on the day it was walked; the same picture twice is one.

    Raises:
        InputError: no picture, or too many.
        NotAllowed: not one of those who go out, or it was walked on another day.
    """
    found = access_round(actor, key)
    walked = found.done_at is not None and timezone.localdate(found.done_at) == timezone.localdate()
    if actor.kind != "staff" or not actor.roles_at(found.agency_id) & INSPECTORS or not walked:
        raise NotAllowed("现在不能再添加照片", where=str(found), advice="请在登记检查的当天添加。")
    return _added(actor, data, "round", round_=found)


def _added(
    actor: Actor, data: bytes, moment: str, *, order: RepairOrder | None = None, hazard: Hazard | None = None,
    round_: Round | None = None,
) -> FieldPhoto:  # fmt: skip
    if len(data) > SIZE_MAX:
        raise InputError(f"照片超过 {SIZE_MAX // 1024 // 1024} MB", where="照片", advice="请压缩后再上传。")
    kept = prepared(data)
    stored = files.store(kept, context=CONTEXT)
    try:
        with transaction.atomic():
            owner = order or hazard or round_
            if owner is None:
                raise ValueError("a photograph belongs to something")
            type(owner)._default_manager.select_for_update(of=("self",)).get(pk=owner.pk)
            present = FieldPhoto.objects.filter(order=order, hazard=hazard, round=round_)
            if same := present.filter(digest=stored.digest).first():
                files.remove(stored.stored)
                return same
            if present.filter(moment=moment).count() >= PER_MOMENT_MAX:
                raise InputError(
                    f"{PHOTO_MOMENTS[moment]}的照片最多 {PER_MOMENT_MAX} 张",
                    where="照片",
                    advice="请选最清楚的几张。",
                )
            photo = FieldPhoto.objects.create(
                order=order, hazard=hazard, round=round_, moment=moment, stored=stored.stored, content_type="image/jpeg", size=stored.size,
                digest=stored.digest, made_by_id=actor.account_id or None, made_at=timezone.now(),
            )  # fmt: skip
            record(
                actor, "fieldwork.photo.add", photo, after={"of": str(owner), "moment": moment}, agency_id=owner.agency_id
            )  # fmt: skip
            return photo
    except BaseException:
        files.remove(stored.stored)
        raise


def open_photo(photo: FieldPhoto) -> bytes:
    """The picture itself; the caller got ``photo`` through ``access_photo``.

    Raises:
        InputError: the file is gone.
    """
    return files.load(photo.stored, context=CONTEXT)
