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
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="方案编号")),
                ("name", models.CharField(max_length=80, verbose_name="方案名称")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="方案文号")),
                (
                    "method",
                    models.CharField(
                        choices=[("draw", "摇号"), ("queue", "按轮候顺序"), ("score", "综合评分")],
                        default="draw",
                        max_length=8,
                        verbose_name="定序办法",
                    ),
                ),
                (
                    "matching",
                    models.CharField(
                        choices=[("people", "按顺序选房"), ("machine", "按志愿配房")],
                        default="people",
                        max_length=8,
                        verbose_name="配房办法",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="选房地点")),
                ("rent_note", models.CharField(blank=True, max_length=200, verbose_name="租金说明")),
                ("audience", models.CharField(blank=True, max_length=200, verbose_name="登记对象")),
                ("register_from", models.DateField(verbose_name="登记起")),
                ("register_until", models.DateField(verbose_name="登记止（含）")),
                ("recheck_until", models.DateField(null=True, verbose_name="复核期限")),
                ("notice_from", models.DateField(null=True, verbose_name="公示起")),
                ("notice_until", models.DateField(null=True, verbose_name="公示止（含）")),
                ("public_until", models.DateField(null=True, verbose_name="公开期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "拟订中"),
                            ("registering", "意向登记"),
                            ("rechecking", "资格复核"),
                            ("publicity", "名册公示"),
                            ("frozen", "名册冻结"),
                            ("drawn", "顺序已定"),
                            ("selecting", "选房中"),
                            ("done", "已完成"),
                            ("cancelled", "已取消"),
                        ],
                        default="planned",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                (
                    "waitlist_ratio",
                    models.DecimalField(decimal_places=2, default=0, max_digits=4, verbose_name="候补比例"),
                ),
                (
                    "choose_minutes",
                    models.PositiveSmallIntegerField(default=5, verbose_name="选房时限（分钟）"),
                ),
                (
                    "lock_minutes",
                    models.PositiveSmallIntegerField(default=5, verbose_name="签字时限（分钟）"),
                ),
                ("rules", models.JSONField(default=dict, verbose_name="规则")),
                ("seed", models.CharField(blank=True, max_length=64, verbose_name="种子")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="取消原因")),
                ("made_at", models.DateTimeField(verbose_name="拟订时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("opened_at", models.DateTimeField(null=True, verbose_name="开始选房时间")),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="配租机构",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="拟订人",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.notice",
                        verbose_name="名册公示",
                    ),
                ),
            ],
            options={
                "verbose_name": "配租方案",
                "verbose_name_plural": "配租方案",
                "indexes": [models.Index(fields=["agency", "state", "register_until"], name="plan_queue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("register_until__gte", models.F("register_from"))),
                        name="plan_window",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("waitlist_ratio__gte", 0), ("waitlist_ratio__lte", 1)),
                        name="plan_waitlist_ratio",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("choose_minutes__gte", 1),
                            ("choose_minutes__lte", 120),
                            ("lock_minutes__gte", 1),
                            ("lock_minutes__lte", 60),
                        ),
                        name="plan_minutes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="plan_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_no", models.CharField(max_length=12, verbose_name="登记号")),
                (
                    "channel",
                    models.CharField(
                        choices=[("case", "网上办件"), ("window", "窗口登记")],
                        default="case",
                        max_length=8,
                        verbose_name="登记渠道",
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
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "优先保障"), (2, "一般保障")], default=2, verbose_name="保障层次"
                    ),
                ),
                ("members", models.PositiveSmallIntegerField(verbose_name="保障人口")),
                ("score", models.IntegerField(null=True, verbose_name="得分（百分之一分）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "已登记"),
                            ("qualified", "复核符合"),
                            ("disqualified", "复核不符合"),
                            ("rostered", "已入名册"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="registered",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                (
                    "recheck",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "未复核"),
                            ("fit", "符合"),
                            ("differs", "有差异待认定"),
                            ("unknown", "资料不全待认定"),
                        ],
                        max_length=8,
                        verbose_name="复核结果",
                    ),
                ),
                ("recheck_trace", guangsha.privacy.fields.SealedJSONField(verbose_name="复核过程")),
                ("recheck_digest", models.CharField(blank=True, max_length=64, verbose_name="复核摘要")),
                ("rechecked_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("heard_due_on", models.DateField(null=True, verbose_name="陈述期限")),
                ("heard_said", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="陈述意见")),
                ("heard_at", models.DateTimeField(null=True, verbose_name="听取时间")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="认定时间")),
                ("settled_reason", models.CharField(blank=True, max_length=300, verbose_name="认定理由")),
                ("wishes", models.JSONField(default=list, verbose_name="志愿")),
                (
                    "proxy",
                    models.CharField(
                        choices=[("self", "本人"), ("member", "家庭成员"), ("helper", "委托他人")],
                        default="self",
                        max_length=8,
                        verbose_name="到场人",
                    ),
                ),
                ("proxy_name", models.CharField(blank=True, max_length=60, verbose_name="到场人姓名")),
                ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                ("order_number", models.PositiveIntegerField(null=True, verbose_name="顺序号")),
                ("ticket", models.CharField(blank=True, max_length=64, verbose_name="随机值")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "未定"),
                            ("selector", "选房"),
                            ("waitlist", "候补"),
                            ("none", "未入选"),
                        ],
                        max_length=8,
                        verbose_name="定序结果",
                    ),
                ),
                (
                    "session_state",
                    models.CharField(
                        choices=[
                            ("waiting", "等候"),
                            ("called", "已叫号"),
                            ("present", "已到场"),
                            ("choosing", "选房中"),
                            ("locked", "已选定待签"),
                            ("signed", "已签字"),
                            ("missed", "过号"),
                            ("declined", "弃选"),
                            ("passed", "已跳过"),
                            ("moved_up", "候补递补"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="选房状态",
                    ),
                ),
                ("missed", models.PositiveSmallIntegerField(default=0, verbose_name="过号次数")),
                ("called_at", models.DateTimeField(null=True, verbose_name="叫号时间")),
                ("choosing_until", models.DateTimeField(null=True, verbose_name="选房截止")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="签字时间")),
                (
                    "decline_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("location", "地段不合适"),
                            ("layout", "户型面积不合适"),
                            ("floor", "楼层不合适"),
                            ("rent", "租金负担"),
                            ("other_home", "已解决住房"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="弃选原因",
                    ),
                ),
                ("decline_note", models.CharField(blank=True, max_length=300, verbose_name="弃选说明")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="申请人",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.case",
                        verbose_name="登记办件",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stock.dwelling",
                        verbose_name="选定房屋",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="allocation.plan",
                        verbose_name="配租方案",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="认定人",
                    ),
                ),
            ],
            options={
                "verbose_name": "配租登记",
                "verbose_name_plural": "配租登记",
                "indexes": [
                    models.Index(
                        fields=["plan", "session_state", "layout", "order_number"], name="registration_room"
                    ),
                    models.Index(fields=["plan", "state", "recheck"], name="registration_recheck"),
                    models.Index(fields=["applicant", "state"], name="registration_applicant"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "entry_no"), name="registration_entry_no"),
                    models.UniqueConstraint(
                        fields=("plan", "layout", "order_number"), name="registration_order"
                    ),
                    models.UniqueConstraint(fields=("plan", "dwelling"), name="registration_dwelling"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("session_state", "signed"), _negated=True),
                            models.Q(("dwelling__isnull", False), ("signed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="registration_signed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanDwelling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit_no", models.CharField(max_length=40, verbose_name="房源号")),
                (
                    "layout",
                    models.CharField(
                        choices=[("A", "一居室"), ("B", "两居室"), ("C", "三居室"), ("X", "无障碍")],
                        max_length=1,
                        verbose_name="户型组别",
                    ),
                ),
                ("floor", models.SmallIntegerField(verbose_name="楼层")),
                (
                    "area_m2",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="建筑面积（㎡）"),
                ),
                ("accessible", models.BooleanField(default=False, verbose_name="无障碍")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "可选"),
                            ("locked", "选定待签"),
                            ("signed", "已签"),
                            ("withdrawn", "已撤出"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("lock_until", models.DateTimeField(null=True, verbose_name="锁定至")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="撤出原因")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dwellings",
                        to="allocation.plan",
                        verbose_name="配租方案",
                    ),
                ),
                (
                    "registration",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer",
                        to="allocation.registration",
                        verbose_name="登记",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案房源",
                "verbose_name_plural": "方案房源",
                "indexes": [
                    models.Index(fields=["plan", "layout", "state", "floor", "unit_no"], name="offer_board")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "dwelling"), name="offer_once_in_plan"),
                    models.UniqueConstraint(fields=("plan", "unit_no"), name="offer_unit_no"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "locked"])),
                        fields=("dwelling",),
                        name="offer_one_plan",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lock_until", None), ("registration", None), ("state", "open")),
                            models.Q(
                                ("lock_until__isnull", False),
                                ("registration__isnull", False),
                                ("state", "locked"),
                            ),
                            models.Q(("registration__isnull", False), ("state", "signed")),
                            models.Q(("registration", None), ("state", "withdrawn")),
                            _connector="OR",
                        ),
                        name="offer_form",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SelectionEvent",
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
                        choices=[
                            ("opened", "开始选房"),
                            ("called", "叫号"),
                            ("present", "到场"),
                            ("choosing", "开始选房"),
                            ("locked", "选定"),
                            ("released", "退回选定"),
                            ("lapsed", "选定超时退回"),
                            ("overtime", "选房超时"),
                            ("signed", "签字确认"),
                            ("missed", "过号"),
                            ("requeued", "过号重排"),
                            ("declined", "弃选"),
                            ("passed", "跳过"),
                            ("moved_up", "候补递补"),
                            ("unit_withdrawn", "房源撤出"),
                            ("unit_returned", "房源恢复"),
                            ("matched", "按志愿配房"),
                            ("closed", "选房结束"),
                        ],
                        max_length=16,
                        verbose_name="事件",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="allocation.plandwelling",
                        verbose_name="房源",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="allocation.plan",
                        verbose_name="配租方案",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="allocation.registration",
                        verbose_name="登记",
                    ),
                ),
            ],
            options={
                "verbose_name": "选房记录",
                "verbose_name_plural": "选房记录",
                "indexes": [models.Index(fields=["plan", "-id"], name="selection_event_order")],
            },
        ),
        migrations.CreateModel(
            name="WaitlistEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="轮候号")),
                (
                    "certificate_number",
                    models.CharField(blank=True, max_length=40, verbose_name="资格证明编号"),
                ),
                ("certificate_until", models.DateField(null=True, verbose_name="资格有效期至")),
                ("listed_on", models.DateField(verbose_name="轮候起始日")),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "优先保障"), (2, "一般保障")], default=2, verbose_name="保障层次"
                    ),
                ),
                ("grounds", models.JSONField(default=list, verbose_name="优先依据")),
                (
                    "layout",
                    models.CharField(
                        choices=[("A", "一居室"), ("B", "两居室"), ("C", "三居室"), ("X", "无障碍")],
                        max_length=1,
                        verbose_name="户型组别",
                    ),
                ),
                ("members", models.PositiveSmallIntegerField(verbose_name="保障人口")),
                ("refusals", models.PositiveSmallIntegerField(default=0, verbose_name="弃选次数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "轮候中"),
                            ("registered", "已登记配租"),
                            ("chosen", "已选房待签约"),
                            ("housed", "已入住"),
                            ("suspended", "暂停轮候"),
                            ("removed", "已退出轮候"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("state_since", models.DateField(verbose_name="现状态起始日")),
                ("state_reason", models.CharField(blank=True, max_length=300, verbose_name="状态原因")),
                ("suspended_until", models.DateField(null=True, verbose_name="暂停至")),
                ("barred_until", models.DateField(null=True, verbose_name="不得再轮候至")),
                ("housed_on", models.DateField(null=True, verbose_name="入住日期")),
                ("lease_number", models.CharField(blank=True, max_length=32, verbose_name="租约号")),
                ("warned_on", models.DateField(null=True, verbose_name="轮候期提醒日")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="轮候机构",
                    ),
                ),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waitlist_entries",
                        to="registry.person",
                        verbose_name="申请人",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waitlist_entries",
                        to="intake.case",
                        verbose_name="资格办件",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waitlist_entries",
                        to="registry.household",
                        verbose_name="家庭",
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
                "verbose_name": "轮候登记",
                "verbose_name_plural": "轮候登记",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "registered"])),
                        fields=["agency", "layout", "tier", "listed_on", "number"],
                        name="waitlist_place",
                    ),
                    models.Index(fields=["agency", "state", "listed_on"], name="waitlist_queue"),
                    models.Index(fields=["applicant", "state"], name="waitlist_applicant"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "registered", "chosen", "suspended"))),
                        fields=("household",),
                        name="waitlist_one_living",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("members__gte", 1), ("tier__gte", 1)), name="waitlist_form"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="registration",
            name="waitlist_entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="registrations",
                to="allocation.waitlistentry",
                verbose_name="轮候登记",
            ),
        ),
        migrations.CreateModel(
            name="EntryChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("suspend", "暂停轮候"), ("remove", "退出轮候"), ("lower", "调出优先保障")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("basis", models.CharField(blank=True, max_length=120, verbose_name="依据")),
                ("until", models.DateField(null=True, verbose_name="期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("hearing", "听取意见中"),
                            ("proposed", "待复核"),
                            ("confirmed", "已决定"),
                            ("dropped", "不予办理"),
                        ],
                        default="hearing",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("told_at", models.DateTimeField(null=True, verbose_name="告知时间")),
                ("due_on", models.DateField(null=True, verbose_name="陈述期限")),
                ("said", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="陈述意见")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("agreed", "没有异议"), ("objected", "有异议"), ("silent", "逾期未说明")],
                        max_length=10,
                        verbose_name="听取结果",
                    ),
                ),
                ("heard_at", models.DateTimeField(null=True, verbose_name="听取时间")),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="决定意见")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定人",
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
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="allocation.waitlistentry",
                        verbose_name="轮候登记",
                    ),
                ),
            ],
            options={
                "verbose_name": "轮候变更",
                "verbose_name_plural": "轮候变更",
                "indexes": [models.Index(fields=["state", "due_on"], name="entry_change_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "number"), name="entry_change_order"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["hearing", "proposed"])),
                        fields=("entry",),
                        name="entry_change_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="entry_change_two_people",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("plan", "waitlist_entry"),
                name="registration_once",
            ),
        ),
    ]
