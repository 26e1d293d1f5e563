"""Pictures of estates, layouts and dwellings: sealed, without what a camera writes into them, public only where nobody lives."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from guangsha.areas.stock.access import access_dwelling, access_estate, access_picture
from guangsha.areas.stock.actions.base import need
from guangsha.areas.stock.facts import LAYOUTS, PICTURE_KINDS
from guangsha.areas.stock.models import Dwelling, Estate, Picture
from guangsha.areas.stock.pictures import plain_picture
from guangsha.areas.stock.rules import KEEPERS, ON_SITE
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said
from guangsha.privacy import files

CONTEXT = "stock.picture"
PICTURES_MAX = 24
#: In these states somebody may live there: such pictures stay inside.
LIVED_IN = frozenset({"let", "checking"})


def add_picture(
    actor: Actor, estate_id: int, data: bytes, *, kind: str, title: str, dwelling_id: int | None = None, layout: str = "",
    public: bool = False,
) -> Picture:  # fmt: skip
    """Keep a picture of an estate, of one of its layouts, or of one dwelling; the same picture again is the one that is there.

    Raises:
        InputError: no picture, too many, or one of a lived-in dwelling that is to be public.
    """
    plain, media = plain_picture(data)
    stored = files.store(plain, context=CONTEXT)
    try:
        with transaction.atomic():
            made = _added(actor, estate_id, stored, media, kind, title, dwelling_id, layout, public)
    except BaseException:
        files.remove(stored.stored)
        raise
    if made.stored != stored.stored:
        files.remove(stored.stored)
    return made


def _added(
    actor: Actor, estate_id: int, stored: files.StoredFile, media: str, kind: str, title: str, dwelling_id: int | None, layout: str,
    public: bool,
) -> Picture:  # fmt: skip
    estate = access_estate(actor, estate_id)
    flat: Dwelling | None = access_dwelling(actor, dwelling_id) if dwelling_id else None
    need(actor, estate.agency_id, KEEPERS if flat is None else KEEPERS | ON_SITE, "上传图片")
    if (
        kind not in PICTURE_KINDS
        or (layout and layout not in LAYOUTS)
        or (flat and flat.estate_id != estate.pk)
    ):
        raise InputError("没有这个选项", where="图片", advice="请从列表中选择。")
    if public and flat is not None and flat.state in LIVED_IN:
        raise InputError(
            "有人居住的房屋，照片不能公开", where="对外公开", advice="请改用同户型的样板间照片。"
        )
    Estate.objects.select_for_update().get(pk=estate.pk)
    same = Picture.objects.filter(estate=estate, dwelling=flat)
    if (known := same.filter(digest=stored.digest).first()) is not None:
        return known
    if same.count() >= PICTURES_MAX:
        raise InputError(f"最多 {PICTURES_MAX} 张", where="图片", advice="请先移除不用的图片。")
    picture = Picture.objects.create(
        estate=estate, dwelling=flat, layout=layout, kind=kind, title=said(title, "说明", most=60), public=public, content_type=media,
        stored=stored.stored, digest=stored.digest, size=stored.size, made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    record(
        actor, "stock.picture.add", picture, after={"kind": kind, "public": public, "digest": stored.digest},
        agency_id=estate.agency_id,
    )  # fmt: skip
    return picture


@transaction.atomic
def remove_picture(actor: Actor, picture_id: int, *, reason: str) -> None:
    """Remove a picture and its file."""
    picture = access_picture(actor, picture_id)
    need(actor, picture.estate.agency_id, KEEPERS, "移除图片")
    why, agency, stored = said(reason, "理由"), picture.estate.agency_id, picture.stored
    before = {"kind": picture.kind, "title": picture.title, "digest": picture.digest}
    record(actor, "stock.picture.remove", picture, reason=why, before=before, agency_id=agency)
    picture.delete()
    transaction.on_commit(lambda: files.remove(stored))


def open_picture(picture: Picture) -> bytes:
    """The bytes of a picture that :func:`access_picture` has let somebody see."""
    return files.load(picture.stored, context=CONTEXT)
