"""Who names the sealed pictures, and how long they, appointments and rows of survey files are kept.

The unit file itself (its facts, floor plans and pictures of the estate) is kept for good; what shows how somebody lived is not.
"""

from __future__ import annotations

from guangsha.areas.stock.actions.census import CONTEXT as CHECK
from guangsha.areas.stock.actions.pictures import CONTEXT as PICTURE
from guangsha.areas.stock.models import OccupancyCheck, Picture, SurveyRow, Viewing
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import Rule, keep, named_in

held_by(PICTURE, named_in(Picture, "stored"))
held_by(CHECK, named_in(OccupancyCheck, "stored"))

keep(
    Rule(
        "stock.viewing",
        "看房预约",
        source="operations.md §6.2，待档案部门确认：预约只为安排看房，一年后删除",
        years=1,
        find=lambda cutoff: Viewing.objects.filter(slot__on__lt=cutoff.date()),
    )
)
keep(
    Rule(
        "stock.survey_row",
        "测绘导入的原始行",
        source="operations.md §6.2，待档案部门确认：导入记录保留，逐行原始内容半年",
        months=6,
        find=lambda cutoff: SurveyRow.objects.filter(batch__uploaded_at__lt=cutoff),
    )
)
keep(
    Rule(
        "stock.check_photo",
        "入户清查照片",
        source="各地参数 check_photo_years；摘要和清查结论保留",
        parameter="check_photo_years",
        place="round__agency__region_code",
        find=lambda cutoff: OccupancyCheck.objects.filter(on__lt=cutoff.date()),
        empty=("content_type",),
        files=("stored",),
    )
)
keep(
    Rule(
        "stock.inside_picture",
        "套内照片",
        source="各地参数 inside_picture_years；上传和删除都有记录",
        parameter="inside_picture_years",
        place="estate__agency__region_code",
        find=lambda cutoff: Picture.objects.filter(kind="inside", made_at__lt=cutoff).exclude(dwelling=None),
        files=("stored",),
    )
)
