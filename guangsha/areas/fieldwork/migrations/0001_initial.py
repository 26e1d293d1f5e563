import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guangsha.privacy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0008_material_states"),
        ("people", "0007_renewed_keys"),
        ("people", "__first__"),
        ("registry", "0003_import_in_background"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checklist",
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
                        choices=[("safety", "月度安全检查"), ("patrol", "日常巡查"), ("special", "专项检查")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("items", models.JSONField(verbose_name="检查项")),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查表",
                "verbose_name_plural": "检查表",
                "constraints": [models.UniqueConstraint(fields=("agency", "name"), name="checklist_name")],
            },
        ),
        migrations.CreateModel(
            name="Contractor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("own", "自有维修队"), ("property", "物业服务企业"), ("firm", "维修企业")],
                        default="property",
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="联系电话")),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
                (
                    "accounts",
                    models.ManyToManyField(
                        blank=True,
                        related_name="contractors",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="委托机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "维修单位",
                "verbose_name_plural": "维修单位",
                "constraints": [models.UniqueConstraint(fields=("agency", "name"), name="contractor_name")],
            },
        ),
        migrations.CreateModel(
            name="Hazard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="隐患编号")),
                ("place", models.CharField(max_length=120, verbose_name="部位")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fire", "消防"),
                            ("lift", "电梯"),
                            ("gas", "燃气"),
                            ("power", "用电"),
                            ("structure", "房屋结构"),
                            ("falling", "高空坠物"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="情况")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("round", "安全检查"),
                            ("census", "普查"),
                            ("patrol", "日常巡查"),
                            ("tenant", "群众反映"),
                            ("repair", "维修中发现"),
                        ],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("found_on", models.DateField(verbose_name="发现日期")),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("general", "一般隐患"), ("major", "重大隐患")],
                        max_length=8,
                        verbose_name="级别",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("found", "待定级"),
                            ("graded", "待交办"),
                            ("assigned", "整改中"),
                            ("fixed", "待复查"),
                            ("rechecked", "待销号"),
                            ("closed", "已销号"),
                            ("dismissed", "不构成隐患"),
                        ],
                        default="found",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("interim", models.CharField(blank=True, max_length=300, verbose_name="临时防护措施")),
                ("duty", models.CharField(blank=True, max_length=80, verbose_name="责任单位")),
                ("limit_on", models.DateField(null=True, verbose_name="整改期限")),
                ("fixed_on", models.DateField(null=True, verbose_name="整改完成日期")),
                ("rechecked_on", models.DateField(null=True, verbose_name="复查日期")),
                ("closed_on", models.DateField(null=True, verbose_name="销号日期")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="管理机构",
                    ),
                ),
                (
                    "building",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hazards",
                        to="stock.building",
                        verbose_name="楼栋",
                    ),
                ),
                (
                    "contractor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hazards",
                        to="fieldwork.contractor",
                        verbose_name="整改单位",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hazards",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hazards",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "fixed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="整改登记人",
                    ),
                ),
                (
                    "found_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发现人",
                    ),
                ),
                (
                    "rechecked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复查人",
                    ),
                ),
            ],
            options={
                "verbose_name": "安全隐患",
                "verbose_name_plural": "安全隐患",
                "indexes": [
                    models.Index(fields=["agency", "state", "limit_on"], name="hazard_queue"),
                    models.Index(fields=["agency", "found_on"], name="hazard_found"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rechecked_by", None),
                            models.Q(("rechecked_by", models.F("fixed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="hazard_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("grade", "major"),
                                ("state__in", ("assigned", "fixed", "rechecked")),
                                _negated=True,
                            ),
                            models.Q(("interim", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="hazard_interim",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(
                                models.Q(("rechecked_on", None), _negated=True),
                                models.Q(("closed_on", None), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="hazard_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HazardEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("act", models.CharField(max_length=16, verbose_name="动作")),
                ("before", models.CharField(blank=True, max_length=10, verbose_name="原状态")),
                ("after", models.CharField(max_length=10, verbose_name="新状态")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="fieldwork.hazard",
                        verbose_name="隐患",
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
                "verbose_name": "隐患流转",
                "verbose_name_plural": "隐患流转",
                "constraints": [
                    models.UniqueConstraint(fields=("hazard", "number"), name="hazard_event_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepairOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="工单号")),
                ("place", models.CharField(max_length=120, verbose_name="地点")),
                ("phone", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="联系电话")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("online", "网上报修"),
                            ("phone", "电话报修"),
                            ("window", "窗口登记"),
                            ("case", "办件转入"),
                            ("hazard", "隐患转入"),
                        ],
                        max_length=8,
                        verbose_name="渠道",
                    ),
                ),
                ("key", models.UUIDField(unique=True, verbose_name="提交键")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("water", "漏水、堵塞"),
                            ("power", "电路"),
                            ("gas", "燃气"),
                            ("door", "门窗门锁"),
                            ("lift", "电梯"),
                            ("wall", "墙面、屋顶"),
                            ("other", "其他"),
                        ],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="情况")),
                ("wanted", models.CharField(blank=True, max_length=60, verbose_name="方便上门的时间")),
                ("urgent", models.BooleanField(default=False, verbose_name="急修")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "待受理"),
                            ("triaged", "待派工"),
                            ("assigned", "已派工"),
                            ("visited", "上门维修中"),
                            ("done", "待评价"),
                            ("rated", "已评价"),
                            ("closed", "已办结"),
                            ("refused", "不予维修"),
                            ("merged", "已并单"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                ("reported_at", models.DateTimeField(verbose_name="报修时间")),
                ("answer_due_at", models.DateTimeField(verbose_name="答复期限")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("finish_due_at", models.DateTimeField(null=True, verbose_name="修复期限")),
                ("worker", models.CharField(blank=True, max_length=40, verbose_name="维修人员")),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wear", "自然老化、正常磨损"),
                            ("structure", "房屋主体、公共部位或固定设施损坏"),
                            ("weather", "风雨等自然原因"),
                            ("misuse", "使用不当或人为损坏"),
                            ("own_goods", "承租人自购、自装的物品"),
                            ("warranty", "上次维修未修好"),
                        ],
                        max_length=10,
                        verbose_name="损坏原因",
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("structure", "房屋主体结构"),
                            ("common", "公共部位、公共设施"),
                            ("fixed", "套内固定设施（管线、门窗、洁具等）"),
                            ("consumable", "易耗件（灯泡、水龙头芯、锁芯等）"),
                            ("own", "承租人自购、自装的物品"),
                        ],
                        max_length=10,
                        verbose_name="损坏部位",
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        blank=True,
                        choices=[("owner", "产权单位承担"), ("tenant", "承租人承担")],
                        max_length=8,
                        verbose_name="费用承担",
                    ),
                ),
                ("payer_reason", models.CharField(blank=True, max_length=200, verbose_name="承担理由")),
                ("estimate_fen", models.BigIntegerField(default=0, verbose_name="预计费用（分）")),
                ("ceiling_fen", models.BigIntegerField(default=0, verbose_name="批准费用（分）")),
                ("owner_fen", models.BigIntegerField(default=0, verbose_name="产权单位承担（分）")),
                ("tenant_fen", models.BigIntegerField(default=0, verbose_name="承租人承担（分）")),
                (
                    "signed_way",
                    models.CharField(
                        blank=True,
                        choices=[("paper", "纸质签字"), ("online", "网上确认"), ("phone", "电话确认")],
                        max_length=8,
                        verbose_name="确认方式",
                    ),
                ),
                ("signed_by", models.CharField(blank=True, max_length=60, verbose_name="确认人")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("charged_at", models.DateTimeField(null=True, verbose_name="转应收时间")),
                ("done_at", models.DateTimeField(null=True, verbose_name="修复时间")),
                ("warranty_until", models.DateField(null=True, verbose_name="保修至")),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        null=True, verbose_name="评价（5 非常满意 … 1 非常不满意）"
                    ),
                ),
                ("rating_text", models.CharField(blank=True, max_length=200, verbose_name="评价意见")),
                ("rated_at", models.DateTimeField(null=True, verbose_name="评价时间")),
                (
                    "refusal",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("own_goods", "属于承租人自有物品"),
                            ("not_ours", "不属于本单位管理的房屋或部位，已告知责任单位"),
                            ("not_broken", "现场查看未发现损坏"),
                            ("no_access", "多次约定均未能进门，请重新报修"),
                            ("withdrawn", "报修人撤回"),
                        ],
                        max_length=12,
                        verbose_name="不予维修原因",
                    ),
                ),
                ("refusal_text", models.CharField(blank=True, max_length=300, verbose_name="不予维修说明")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报修账号",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="管理机构",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="费用批准人",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="费用申请人",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repair",
                        to="intake.case",
                        verbose_name="来源办件",
                    ),
                ),
                (
                    "contractor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="fieldwork.contractor",
                        verbose_name="维修单位",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="fieldwork.repairorder",
                        verbose_name="并入的工单",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repairs",
                        to="registry.person",
                        verbose_name="报修人",
                    ),
                ),
            ],
            options={
                "verbose_name": "维修工单",
                "verbose_name_plural": "维修工单",
                "indexes": [
                    models.Index(fields=["agency", "state", "answer_due_at"], name="repair_queue"),
                    models.Index(fields=["contractor", "state"], name="repair_contractor"),
                    models.Index(fields=["reporter", "-reported_at"], name="repair_reporter"),
                    models.Index(fields=["dwelling", "-reported_at"], name="repair_dwelling"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ceiling_fen__gte", 0),
                            ("estimate_fen__gte", 0),
                            ("owner_fen__gte", 0),
                            ("tenant_fen__gte", 0),
                        ),
                        name="repair_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="repair_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stars", None), models.Q(("stars__gte", 1), ("stars__lte", 5)), _connector="OR"
                        ),
                        name="repair_stars",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "merged"), _negated=True),
                            models.Q(("merged_into", None), _negated=True),
                            _connector="OR",
                        ),
                        name="repair_merged",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepairLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("material", "材料"), ("labour", "人工")], max_length=8, verbose_name="类别"
                    ),
                ),
                ("code", models.CharField(max_length=24, verbose_name="价目")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("unit", models.CharField(max_length=8, verbose_name="单位")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="数量")),
                ("price_fen", models.BigIntegerField(verbose_name="单价（分）")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("citation", models.CharField(max_length=200, verbose_name="价目依据")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="fieldwork.repairorder",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "维修用料用工",
                "verbose_name_plural": "维修用料用工",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "number"), name="repair_line_order"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gte", 0), ("price_fen__gte", 0), ("quantity__gt", 0)
                        ),
                        name="repair_line_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepairEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("act", models.CharField(max_length=16, verbose_name="动作")),
                ("before", models.CharField(blank=True, max_length=10, verbose_name="原状态")),
                ("after", models.CharField(max_length=10, verbose_name="新状态")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="告知内容")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="内部说明")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
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
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="fieldwork.repairorder",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "工单流转",
                "verbose_name_plural": "工单流转",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "number"), name="repair_event_order")
                ],
            },
        ),
        migrations.AddField(
            model_name="hazard",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="hazards",
                to="fieldwork.repairorder",
                verbose_name="相关工单",
            ),
        ),
        migrations.CreateModel(
            name="FieldPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("report", "报修"),
                            ("before", "维修前"),
                            ("after", "维修后"),
                            ("found", "发现隐患"),
                            ("fixed", "整改后"),
                        ],
                        max_length=8,
                        verbose_name="时点",
                    ),
                ),
                ("stored", models.CharField(max_length=80, verbose_name="存放")),
                ("content_type", models.CharField(max_length=20, verbose_name="类型")),
                ("size", models.PositiveIntegerField(verbose_name="字节")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
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
                (
                    "hazard",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="fieldwork.hazard",
                        verbose_name="隐患",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="fieldwork.repairorder",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "现场照片",
                "verbose_name_plural": "现场照片",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("order", None), ("hazard", None), _connector="XOR"),
                        name="field_photo_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("order", None), _negated=True),
                        fields=("order", "digest"),
                        name="field_photo_order",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("hazard", None), _negated=True),
                        fields=("hazard", "digest"),
                        name="field_photo_hazard",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FieldAlarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("due_soon", "即将到期"),
                            ("overdue", "已超期"),
                            ("escalated", "超期已上报"),
                        ],
                        max_length=10,
                        verbose_name="程度",
                    ),
                ),
                ("limit", models.CharField(max_length=32, verbose_name="期限")),
                ("told", models.PositiveSmallIntegerField(verbose_name="通知人数")),
                ("raised_at", models.DateTimeField(verbose_name="提醒时间")),
                (
                    "hazard",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alarms",
                        to="fieldwork.hazard",
                        verbose_name="隐患",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alarms",
                        to="fieldwork.repairorder",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "现场时限提醒",
                "verbose_name_plural": "现场时限提醒",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("order", None), ("hazard", None), _connector="XOR"),
                        name="field_alarm_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("order", None), _negated=True),
                        fields=("order", "level", "limit"),
                        name="field_alarm_order",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("hazard", None), _negated=True),
                        fields=("hazard", "level", "limit"),
                        name="field_alarm_hazard",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepairVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                ("planned_at", models.DateTimeField(verbose_name="约定时间")),
                ("worker", models.CharField(max_length=40, verbose_name="维修人员")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "已约定"),
                            ("arrived", "已到场"),
                            ("left", "已离场"),
                            ("missed", "未能进门"),
                            ("cancelled", "已取消"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("arrived_at", models.DateTimeField(null=True, verbose_name="到场时间")),
                ("left_at", models.DateTimeField(null=True, verbose_name="离场时间")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="fieldwork.repairorder",
                        verbose_name="工单",
                    ),
                ),
            ],
            options={
                "verbose_name": "上门记录",
                "verbose_name_plural": "上门记录",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("planned", "arrived"))),
                        fields=("order",),
                        name="repair_visit_one_living",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.CharField(max_length=10, verbose_name="期次")),
                ("due_on", models.DateField(verbose_name="应完成日")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "待检查"), ("walking", "检查中"), ("done", "已完成")],
                        default="planned",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
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
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rounds",
                        to="fieldwork.checklist",
                        verbose_name="检查表",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rounds",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
                (
                    "inspector",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="检查人",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查",
                "verbose_name_plural": "检查",
                "indexes": [models.Index(fields=["agency", "state", "due_on"], name="round_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("estate", "checklist", "period"), name="round_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24, verbose_name="检查项")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("ok", "正常"), ("fault", "有隐患"), ("none", "没有此项")],
                        max_length=6,
                        verbose_name="结果",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "hazard",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="round_item",
                        to="fieldwork.hazard",
                        verbose_name="隐患",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="fieldwork.round",
                        verbose_name="检查",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查结果",
                "verbose_name_plural": "检查结果",
                "constraints": [models.UniqueConstraint(fields=("round", "code"), name="round_item_once")],
            },
        ),
    ]
