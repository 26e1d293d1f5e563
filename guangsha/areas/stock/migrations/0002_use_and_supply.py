import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0008_material_states"),
        ("people", "0007_renewed_keys"),
        ("people", "__first__"),
        ("registry", "0003_import_in_background"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="编号")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("due_on", models.DateField(verbose_name="截止日期")),
                ("closed_on", models.DateField(null=True, verbose_name="结束日期")),
                ("made_at", models.DateTimeField(verbose_name="发起时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="check_rounds",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
            ],
            options={
                "verbose_name": "入户清查",
                "verbose_name_plural": "入户清查",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "name"), name="check_round_name"),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("starts_on"))), name="check_round_days"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DwellingChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("facts", models.JSONField(verbose_name="变更内容")),
                ("on", models.DateField(verbose_name="自何日起")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("document", models.CharField(blank=True, max_length=80, verbose_name="依据")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "房屋变更",
                "verbose_name_plural": "房屋变更",
                "constraints": [
                    models.UniqueConstraint(fields=("dwelling", "number"), name="dwelling_change_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("in", "入库"), ("out", "领出"), ("lost", "遗失")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("sets", models.PositiveSmallIntegerField(verbose_name="套数")),
                ("holder", models.CharField(max_length=60, verbose_name="交接人")),
                ("on", models.DateField(verbose_name="日期")),
                ("back_by", models.DateField(null=True, verbose_name="应还日期")),
                ("reason", models.CharField(max_length=200, verbose_name="事由")),
                ("left", models.PositiveSmallIntegerField(verbose_name="结存套数")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_moves",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "钥匙登记",
                "verbose_name_plural": "钥匙登记",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("sets__gt", 0)), name="key_move_sets")
                ],
            },
        ),
        migrations.CreateModel(
            name="MeterChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("water", "水表"), ("power", "电表"), ("gas", "燃气表"), ("heat", "热量表")],
                        max_length=8,
                        verbose_name="表",
                    ),
                ),
                ("on", models.DateField(verbose_name="更换日期")),
                ("last_value", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="旧表止数")),
                (
                    "first_value",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="新表起数"),
                ),
                ("serial", models.CharField(max_length=40, verbose_name="新表编号")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meter_changes",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "换表记录",
                "verbose_name_plural": "换表记录",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first_value__gte", 0), ("last_value__gte", 0)),
                        name="meter_change_values",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OccupancyCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待入户"),
                            ("recorded", "待同行人确认"),
                            ("confirmed", "已确认"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("tenant", "承租人居住"),
                            ("others", "他人居住"),
                            ("idle", "无人居住"),
                            ("no_entry", "未能入户"),
                        ],
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                ("on", models.DateField(null=True, verbose_name="入户日期")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="情况")),
                ("stored", models.CharField(blank=True, max_length=32, verbose_name="照片")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="照片摘要")),
                ("content_type", models.CharField(blank=True, max_length=12, verbose_name="照片格式")),
                ("recorded_at", models.DateTimeField(null=True, verbose_name="记录时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occupancy_checks",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="记录人",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="stock.checkround",
                        verbose_name="清查",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="同行人",
                    ),
                ),
            ],
            options={
                "verbose_name": "入户清查记录",
                "verbose_name_plural": "入户清查记录",
                "indexes": [models.Index(fields=["round", "state"], name="occupancy_check_progress")],
                "constraints": [
                    models.UniqueConstraint(fields=("round", "dwelling"), name="occupancy_check_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("second", None),
                            models.Q(("second", models.F("first")), _negated=True),
                            _connector="OR",
                        ),
                        name="occupancy_check_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "waiting"),
                            models.Q(
                                ("first__isnull", False),
                                ("on__isnull", False),
                                models.Q(("result", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="occupancy_check_filled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "layout",
                    models.CharField(
                        blank=True,
                        choices=[("A", "一居室"), ("B", "两居室"), ("C", "三居室"), ("X", "无障碍")],
                        max_length=1,
                        verbose_name="户型组别",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("plan", "户型图"), ("inside", "室内"), ("outside", "外景")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="说明")),
                ("public", models.BooleanField(default=False, verbose_name="对外公开")),
                ("content_type", models.CharField(max_length=12, verbose_name="格式")),
                ("stored", models.CharField(max_length=32, verbose_name="文件")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pictures",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pictures",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
            ],
            options={
                "verbose_name": "图片",
                "verbose_name_plural": "图片",
                "constraints": [
                    models.UniqueConstraint(fields=("estate", "dwelling", "digest"), name="picture_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("dwelling", None)),
                        fields=("estate", "digest"),
                        name="estate_picture_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StateRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("withdrawn", "停用"), ("disposed", "处置")],
                        max_length=10,
                        verbose_name="申请",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待审批"), ("granted", "已同意"), ("refused", "不同意")],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("document", models.CharField(blank=True, max_length=80, verbose_name="依据")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="state_requests",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
            ],
            options={
                "verbose_name": "停用处置申请",
                "verbose_name_plural": "停用处置申请",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")),
                        fields=("dwelling",),
                        name="state_request_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="state_request_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("document", models.CharField(blank=True, max_length=80, verbose_name="文号")),
                ("target", models.PositiveIntegerField(verbose_name="目标套数")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="编制人",
                    ),
                ),
            ],
            options={
                "verbose_name": "筹集计划",
                "verbose_name_plural": "筹集计划",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "year", "name"), name="supply_plan_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="supply_plan_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("project", models.CharField(max_length=80, verbose_name="项目")),
                (
                    "funding",
                    models.CharField(
                        choices=[
                            ("built", "政府新建"),
                            ("matched", "配建移交"),
                            ("bought", "收购"),
                            ("provident_gain", "公积金增值收益"),
                            ("converted", "存量改建"),
                            ("leased", "长期租赁"),
                            ("handed_over", "划拨接收"),
                        ],
                        max_length=16,
                        verbose_name="来源",
                    ),
                ),
                (
                    "programme",
                    models.CharField(
                        choices=[
                            ("public_rental", "公租房"),
                            ("affordable_rental", "保障性租赁住房"),
                            ("talent", "人才公寓"),
                            ("resettlement", "安置房"),
                            ("old_public", "直管公房"),
                        ],
                        default="public_rental",
                        max_length=20,
                        verbose_name="用途",
                    ),
                ),
                (
                    "layout",
                    models.CharField(
                        choices=[("A", "一居室"), ("B", "两居室"), ("C", "三居室"), ("X", "无障碍")],
                        max_length=1,
                        verbose_name="户型组别",
                    ),
                ),
                ("units", models.PositiveIntegerField(verbose_name="套数")),
                (
                    "area_m2",
                    models.DecimalField(decimal_places=2, max_digits=8, verbose_name="套均建筑面积（㎡）"),
                ),
                ("planned_on", models.DateField(verbose_name="计划交付")),
                ("started_on", models.DateField(null=True, verbose_name="开工（签约）日期")),
                ("delivered_on", models.DateField(null=True, verbose_name="交付日期")),
                ("delivered_units", models.PositiveIntegerField(default=0, verbose_name="交付套数")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "estate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_items",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="stock.supplyplan",
                        verbose_name="计划",
                    ),
                ),
            ],
            options={
                "verbose_name": "筹集项目",
                "verbose_name_plural": "筹集项目",
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "project", "layout"), name="supply_item_once"),
                    models.CheckConstraint(
                        condition=models.Q(("area_m2__gt", 0), ("units__gt", 0)), name="supply_item_units"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delivered_units__lte", models.F("units"))),
                        name="supply_item_delivered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=120, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="文件摘要")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("faulty", "有问题"),
                            ("checked", "可导入"),
                            ("done", "已导入"),
                            ("dropped", "已放弃"),
                        ],
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("faulty", models.PositiveIntegerField(default=0, verbose_name="有问题的行")),
                ("done_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="survey_imports",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
            ],
            options={
                "verbose_name": "测绘导入",
                "verbose_name_plural": "测绘导入",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "dropped"), _negated=True),
                        fields=("estate", "digest"),
                        name="survey_file_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("given", models.JSONField(verbose_name="原始内容")),
                ("faults", models.JSONField(default=list, verbose_name="问题")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="stock.surveyimport",
                        verbose_name="批次",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
            ],
            options={
                "verbose_name": "测绘导入行",
                "verbose_name_plural": "测绘导入行",
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="survey_row_once")],
            },
        ),
        migrations.CreateModel(
            name="ViewingSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "half",
                    models.CharField(
                        choices=[("morning", "上午"), ("afternoon", "下午")],
                        max_length=10,
                        verbose_name="时段",
                    ),
                ),
                ("meet_at", models.CharField(max_length=80, verbose_name="集合地点")),
                ("seats", models.PositiveSmallIntegerField(verbose_name="名额")),
                ("taken", models.PositiveSmallIntegerField(default=0, verbose_name="已约")),
                ("closed", models.BooleanField(default=False, verbose_name="已取消")),
                (
                    "estate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viewing_slots",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
            ],
            options={
                "verbose_name": "看房时段",
                "verbose_name_plural": "看房时段",
                "constraints": [
                    models.UniqueConstraint(fields=("estate", "on", "half"), name="viewing_slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("taken__lte", models.F("seats"))), name="viewing_slot_seats"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Viewing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="预约号")),
                ("people", models.PositiveSmallIntegerField(verbose_name="人数")),
                ("needs", models.JSONField(default=list, verbose_name="需要的帮助")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("booked", "已预约"),
                            ("came", "已看房"),
                            ("absent", "未到"),
                            ("cancelled", "已取消"),
                        ],
                        default="booked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="预约时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "case",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viewing",
                        to="intake.case",
                        verbose_name="办件",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="预约人",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viewings",
                        to="stock.viewingslot",
                        verbose_name="时段",
                    ),
                ),
            ],
            options={
                "verbose_name": "看房预约",
                "verbose_name_plural": "看房预约",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "cancelled"), _negated=True),
                        fields=("slot", "person"),
                        name="viewing_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("people__gte", 1), ("people__lte", 6)), name="viewing_people"
                    ),
                ],
            },
        ),
    ]
