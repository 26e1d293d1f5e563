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
            name="AccessDevice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="设备编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("unit_gate", "单元门禁"), ("flat_lock", "入户门锁")],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("offline_key", models.CharField(max_length=120, verbose_name="应急钥匙存放")),
                ("egress_free", models.BooleanField(default=True, verbose_name="室内可直接开门")),
                ("installed_on", models.DateField(verbose_name="安装日期")),
                ("retired_on", models.DateField(null=True, verbose_name="停用日期")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
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
                    "dwelling",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "entrance",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="stock.entrance",
                        verbose_name="单元",
                    ),
                ),
            ],
            options={
                "verbose_name": "门禁设备",
                "verbose_name_plural": "门禁设备",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("offline_key", ""), _negated=True),
                        name="accessdevice_offline_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("egress_free", True)), name="accessdevice_egress"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dwelling", None), ("entrance__isnull", False), ("kind", "unit_gate")),
                            models.Q(("dwelling__isnull", False), ("entrance", None), ("kind", "flat_lock")),
                            _connector="OR",
                        ),
                        name="accessdevice_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="编号")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("own_wish", "承租人主动退出"),
                            ("violation", "违规使用拒不改正"),
                            ("idle", "连续闲置"),
                            ("arrears", "累计拖欠租金"),
                            ("renewal_refused", "续租未获批准或期满未申请"),
                            ("other_home", "购买、受赠、继承其他住房"),
                            ("other_aid", "承租、承购其他保障性住房"),
                            ("over_income", "收入超过规定标准"),
                            ("swap", "调换住房"),
                            ("died", "承租人去世且无共同居住人继续承租"),
                        ],
                        max_length=16,
                        verbose_name="事由",
                    ),
                ),
                ("facts", models.CharField(max_length=300, verbose_name="事实")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                ("opened_on", models.DateField(verbose_name="立案日期")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("hearing", "听取意见中"),
                            ("heard", "待作出决定"),
                            ("notice", "已送达通知"),
                            ("transition", "搬迁过渡期"),
                            ("holding_over", "逾期占用"),
                            ("demanded", "已催告"),
                            ("court", "已申请法院"),
                            ("checking", "退房查验待结清"),
                            ("done", "已办结"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=14,
                        verbose_name="状态",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("leave", "搬迁腾退"), ("top_up", "按市场租金续住")],
                        default="leave",
                        max_length=8,
                        verbose_name="处理方式",
                    ),
                ),
                ("decided_on", models.DateField(null=True, verbose_name="决定日期")),
                ("reasons", models.CharField(blank=True, max_length=300, verbose_name="决定理由")),
                ("served_on", models.DateField(null=True, verbose_name="送达日期")),
                ("leave_by", models.DateField(null=True, verbose_name="腾退期限")),
                ("transition_until", models.DateField(null=True, verbose_name="过渡期止（含）")),
                ("transition_rent_fen", models.BigIntegerField(null=True, verbose_name="过渡期月租金（分）")),
                ("closed_on", models.DateField(null=True, verbose_name="办结日期")),
                ("made_at", models.DateTimeField(verbose_name="立案时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "decided_by",
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
            ],
            options={
                "verbose_name": "腾退",
                "verbose_name_plural": "腾退",
                "indexes": [models.Index(fields=["state", "leave_by"], name="exit_queue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            ("made_by", None),
                            models.Q(("decided_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="exit_two_people",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExitStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("hearing", "听取意见中"),
                            ("heard", "待作出决定"),
                            ("notice", "已送达通知"),
                            ("transition", "搬迁过渡期"),
                            ("holding_over", "逾期占用"),
                            ("demanded", "已催告"),
                            ("court", "已申请法院"),
                            ("checking", "退房查验待结清"),
                            ("done", "已办结"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=14,
                        verbose_name="状态",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("due_on", models.DateField(null=True, verbose_name="期限")),
                ("document", models.CharField(blank=True, max_length=80, verbose_name="文书")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "exit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="tenancy.exit",
                        verbose_name="腾退",
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
                "verbose_name": "腾退步骤",
                "verbose_name_plural": "腾退步骤",
                "constraints": [models.UniqueConstraint(fields=("exit", "number"), name="exitstep_order")],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="合同编号")),
                ("region", models.CharField(max_length=6, verbose_name="适用地区")),
                (
                    "household_type",
                    models.CharField(blank=True, max_length=24, verbose_name="租金档次（保障类别）"),
                ),
                (
                    "area_m2",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="计租面积（㎡）"),
                ),
                ("market_fen", models.BigIntegerField(verbose_name="月市场租金（分）")),
                ("rent_fen", models.BigIntegerField(verbose_name="月租金（分）")),
                ("rent_decision", guangsha.privacy.fields.SealedJSONField(verbose_name="租金计算过程")),
                ("deposit_fen", models.BigIntegerField(verbose_name="押金（分）")),
                (
                    "pay_cycle",
                    models.CharField(
                        choices=[("month", "按月"), ("quarter", "按季")],
                        default="month",
                        max_length=8,
                        verbose_name="缴租周期",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止（含）")),
                ("signed_on", models.DateField(null=True, verbose_name="签订日期")),
                ("handed_over_on", models.DateField(null=True, verbose_name="入住交接日期")),
                ("handed_back_on", models.DateField(null=True, verbose_name="交还房屋日期")),
                ("ended_on", models.DateField(null=True, verbose_name="终止日期")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("given_up", "签订前放弃"),
                            ("renewed", "续租换签"),
                            ("swapped", "调换住房"),
                            ("own_wish", "承租人主动退出"),
                            ("expired", "期满未续"),
                            ("renewal_refused", "续租未获批准"),
                            ("violation", "违规腾退"),
                            ("arrears", "欠租腾退"),
                            ("other_home", "已有其他住房"),
                            ("other_aid", "已享受其他住房保障"),
                            ("over_income", "收入超过标准"),
                            ("died", "承租人去世且无共同居住人继续承租"),
                        ],
                        max_length=16,
                        verbose_name="终止原因",
                    ),
                ),
                ("renewal_asked_on", models.DateField(null=True, verbose_name="申请续租日期")),
                ("court_title", models.CharField(blank=True, max_length=60, verbose_name="执行裁定书文号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending_sign", "待签订"),
                            ("active", "履行中"),
                            ("renewing", "续租办理中"),
                            ("notice", "已通知腾退"),
                            ("transition", "搬迁过渡期"),
                            ("holding_over", "逾期占用"),
                            ("litigation", "司法程序中"),
                            ("ended", "已终止"),
                        ],
                        default="pending_sign",
                        max_length=14,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="出租机构",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="intake.case",
                        verbose_name="申请办件",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="stock.dwelling",
                        verbose_name="房屋",
                    ),
                ),
                (
                    "follows",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="tenancy.lease",
                        verbose_name="前一份合同",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
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
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="registry.person",
                        verbose_name="承租人",
                    ),
                ),
            ],
            options={
                "verbose_name": "租赁合同",
                "verbose_name_plural": "租赁合同",
                "indexes": [
                    models.Index(fields=["agency", "state", "ends_on"], name="lease_queue"),
                    models.Index(fields=["tenant", "state"], name="lease_tenant"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("active", "renewing", "notice", "transition", "holding_over", "litigation"),
                            )
                        ),
                        fields=("dwelling",),
                        name="lease_dwelling_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending_sign")),
                        fields=("dwelling",),
                        name="lease_dwelling_pending_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("active", "renewing"))),
                        fields=("household",),
                        name="lease_household_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending_sign")),
                        fields=("household",),
                        name="lease_household_pending_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="lease_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("area_m2__gt", 0),
                            ("deposit_fen__gte", 0),
                            ("market_fen__gte", 0),
                            ("rent_fen__gte", 0),
                        ),
                        name="lease_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ended"), _negated=True),
                            ("handed_over_on", None),
                            models.Q(("handed_back_on", None), _negated=True),
                            ("end_reason", "renewed"),
                            _connector="OR",
                        ),
                        name="lease_ended_is_given_back",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
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
                        choices=[("in", "入住交接"), ("out", "退房交接")], max_length=4, verbose_name="类别"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("readings", models.JSONField(default=dict, verbose_name="表底数")),
                ("keys", models.PositiveSmallIntegerField(verbose_name="钥匙数")),
                ("photos", models.JSONField(default=list, verbose_name="照片")),
                ("items", models.JSONField(default=list, verbose_name="物品清单")),
                ("goods_left", models.CharField(blank=True, max_length=300, verbose_name="遗留物品")),
                ("witness", models.CharField(blank=True, max_length=60, verbose_name="见证人")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
                ("tenant_signed", models.CharField(max_length=60, verbose_name="承租方签字")),
                ("absent", models.BooleanField(default=False, verbose_name="承租人未到场")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="交接人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "房屋交接",
                "verbose_name_plural": "房屋交接",
                "constraints": [
                    models.UniqueConstraint(fields=("lease", "kind"), name="handover_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("goods_left", ""), models.Q(("witness", ""), _negated=True), _connector="OR"
                        ),
                        name="handover_goods_have_a_witness",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("absent", False), models.Q(("witness", ""), _negated=True), _connector="OR"
                        ),
                        name="handover_absence_has_a_witness",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="exit",
            name="lease",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exits",
                to="tenancy.lease",
                verbose_name="租赁合同",
            ),
        ),
        migrations.CreateModel(
            name="AccessGrant",
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
                            ("key", "机械钥匙"),
                            ("card", "门禁卡"),
                            ("code", "密码"),
                            ("phone", "手机开门"),
                            ("face", "人脸"),
                        ],
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                ("lasting", models.BooleanField(default=False, verbose_name="常用凭证")),
                ("label", models.CharField(blank=True, max_length=40, verbose_name="标识")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待复核"),
                            ("active", "有效"),
                            ("stopped", "已停用"),
                            ("expired", "已到期"),
                            ("refused", "未同意"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("handover", "入住交付"),
                            ("member", "共同居住人"),
                            ("carer", "护理、探视人员"),
                            ("replacement", "补发"),
                            ("temporary", "临时来访"),
                        ],
                        max_length=16,
                        verbose_name="发放事由",
                    ),
                ),
                ("expires_on", models.DateField(null=True, verbose_name="到期日")),
                ("consent_on", models.DateField(null=True, verbose_name="人脸单独同意日期")),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                (
                    "stop_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("lost", "遗失挂失"),
                            ("member_left", "持有人已迁出"),
                            ("consent_withdrawn", "撤回人脸同意"),
                            ("own_request", "本人申请停用"),
                            ("extra", "多余凭证清理"),
                            ("lease_ended", "租约终止且已交房"),
                            ("court", "法院裁定执行"),
                        ],
                        max_length=20,
                        verbose_name="停用事由",
                    ),
                ),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核人",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="tenancy.accessdevice",
                        verbose_name="设备",
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="监护人",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="持有人",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="tenancy.accessgrant",
                        verbose_name="补发前的凭证",
                    ),
                ),
                (
                    "stop_asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="停用经办人",
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="停用复核人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grants",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "通行凭证",
                "verbose_name_plural": "通行凭证",
                "indexes": [models.Index(fields=["lease", "state"], name="accessgrant_lease")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lasting", False),
                            models.Q(("kind__in", ["card", "code", "key"]), ("expires_on", None)),
                            _connector="OR",
                        ),
                        name="accessgrant_lasting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "face"), _negated=True),
                            models.Q(
                                models.Q(("consent_on", None), _negated=True),
                                models.Q(("expires_on", None), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="accessgrant_face_consent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            ("asked_by", None),
                            models.Q(("approved_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="accessgrant_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stopped_by", None),
                            ("stop_asked_by", None),
                            models.Q(("stopped_by", models.F("stop_asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="accessgrant_stop_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeaseChange",
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
                        choices=[
                            ("birth", "新生或收养"),
                            ("joining", "成员增加"),
                            ("death", "成员去世"),
                            ("divorce", "离婚"),
                            ("moving_out", "成员迁出"),
                            ("new_tenant", "变更承租人"),
                            ("rent", "租金档次变化"),
                        ],
                        max_length=12,
                        verbose_name="事项",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="发生日期")),
                ("household_type", models.CharField(blank=True, max_length=24, verbose_name="拟定租金档次")),
                ("rent_fen", models.BigIntegerField(null=True, verbose_name="拟定月租金（分）")),
                ("from_month", models.DateField(null=True, verbose_name="拟定起租月（一日）")),
                ("decision", guangsha.privacy.fields.SealedJSONField(verbose_name="计算过程")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待复核"), ("confirmed", "已生效"), ("dropped", "未采纳")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="复核意见")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
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
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="涉及人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "租约变更",
                "verbose_name_plural": "租约变更",
                "indexes": [models.Index(fields=["state", "made_at"], name="leasechange_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("lease", "number"), name="leasechange_order"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="leasechange_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Occupant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(null=True, verbose_name="止")),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="变动原因")),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occupants",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenancies",
                        to="registry.person",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "居住人",
                "verbose_name_plural": "居住人",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("lease", "person"), name="occupant_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("paper", "纸质签字"), ("electronic", "电子签名")],
                        max_length=12,
                        verbose_name="签署方式",
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=80, verbose_name="签署编号")),
                ("digest", models.CharField(max_length=64, verbose_name="合同摘要")),
                ("stored", models.CharField(blank=True, max_length=32, verbose_name="已签合同存放")),
                ("stored_name", models.CharField(blank=True, max_length=120, verbose_name="文件名")),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待签"), ("signed", "已签"), ("refused", "未签")],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_requests",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
            ],
            options={
                "verbose_name": "合同签署",
                "verbose_name_plural": "合同签署",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")), fields=("lease",), name="signrequest_one_open"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("reference",),
                        name="signrequest_reference",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Violation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sublet", "转租、出借、擅自调换"),
                            ("change_of_use", "改变房屋用途"),
                            ("damage", "破坏或擅自装修，拒不恢复原状"),
                            ("illegal_activity", "在房内从事违法活动"),
                            ("idle", "无正当理由连续闲置"),
                        ],
                        max_length=20,
                        verbose_name="情形",
                    ),
                ),
                (
                    "signal",
                    models.CharField(
                        choices=[
                            ("inspection", "巡查发现"),
                            ("tip", "群众反映"),
                            ("meter", "用水用电异常"),
                            ("door", "门禁长期无记录"),
                            ("data", "数据比对"),
                        ],
                        max_length=12,
                        verbose_name="线索来源",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="线索内容")),
                ("found_on", models.DateField(verbose_name="发现日期")),
                ("started_on", models.DateField(null=True, verbose_name="起始日期")),
                ("stopped_on", models.DateField(null=True, verbose_name="停止日期")),
                ("gain_fen", models.BigIntegerField(default=0, verbose_name="违法所得（分）")),
                (
                    "absence",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "无正当理由"),
                            ("hospital", "住院治疗"),
                            ("custody", "服刑或被羁押"),
                            ("military", "服役"),
                            ("study_work", "外出就学、务工并已报备"),
                        ],
                        max_length=12,
                        verbose_name="离家原因",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("signal", "待核查"),
                            ("checked", "已核查待听取"),
                            ("hearing", "听取意见中"),
                            ("heard", "待处理决定"),
                            ("decided", "限期改正"),
                            ("remedied", "已改正"),
                            ("closed", "已结案"),
                            ("dismissed", "不成立"),
                        ],
                        default="signal",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("top_up_fen", models.BigIntegerField(default=0, verbose_name="补交市场租金差额（分）")),
                ("fine_cap_fen", models.BigIntegerField(default=0, verbose_name="罚款上限（分）")),
                ("remedy_by", models.DateField(null=True, verbose_name="改正期限")),
                ("decided_on", models.DateField(null=True, verbose_name="决定日期")),
                ("grounds", models.CharField(blank=True, max_length=300, verbose_name="认定理由")),
                ("closed_on", models.DateField(null=True, verbose_name="结案日期")),
                ("outcome", models.CharField(blank=True, max_length=300, verbose_name="结案说明")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="violations",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "违规",
                "verbose_name_plural": "违规",
                "indexes": [models.Index(fields=["state", "found_on"], name="violation_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("signal", "checked", "hearing", "heard", "decided"))
                        ),
                        fields=("lease", "kind"),
                        name="violation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fine_cap_fen__gte", 0), ("gain_fen__gte", 0), ("top_up_fen__gte", 0)
                        ),
                        name="violation_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            ("made_by", None),
                            models.Q(("decided_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="violation_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="核查日期")),
                ("found", models.BooleanField(verbose_name="是否属实")),
                ("record", models.CharField(max_length=300, verbose_name="核查记录")),
                ("photos", models.JSONField(default=list, verbose_name="照片")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "first_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核查人",
                    ),
                ),
                (
                    "second_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="同行核查人",
                    ),
                ),
                (
                    "violation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="tenancy.violation",
                        verbose_name="违规",
                    ),
                ),
            ],
            options={
                "verbose_name": "现场核查",
                "verbose_name_plural": "现场核查",
                "constraints": [
                    models.UniqueConstraint(fields=("violation", "on"), name="sitecheck_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("first_by", models.F("second_by")), _negated=True),
                        name="sitecheck_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hearing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("about", models.CharField(max_length=500, verbose_name="告知事项")),
                ("told_at", models.DateTimeField(verbose_name="告知时间")),
                ("due_on", models.DateField(verbose_name="陈述期限")),
                (
                    "way",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("online", "网上陈述"),
                            ("window", "窗口陈述"),
                            ("phone", "电话陈述"),
                            ("onsite", "现场陈述"),
                        ],
                        max_length=8,
                        verbose_name="陈述方式",
                    ),
                ),
                ("said", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="陈述意见")),
                ("heard_at", models.DateTimeField(null=True, verbose_name="听取时间")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("agreed", "无异议"), ("objected", "有异议"), ("silent", "逾期未陈述")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "exit",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearing",
                        to="tenancy.exit",
                        verbose_name="腾退",
                    ),
                ),
                (
                    "heard_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="听取人",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearings",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
                (
                    "violation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearing",
                        to="tenancy.violation",
                        verbose_name="违规",
                    ),
                ),
            ],
            options={
                "verbose_name": "听取意见",
                "verbose_name_plural": "听取意见",
                "indexes": [models.Index(fields=["outcome", "due_on"], name="tenancy_hearing_queue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("exit__isnull", False), ("violation", None)),
                            models.Q(("exit", None), ("violation__isnull", False)),
                            _connector="OR",
                        ),
                        name="tenancy_hearing_about_one",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="exit",
            name="violation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exits",
                to="tenancy.violation",
                verbose_name="违规",
            ),
        ),
        migrations.CreateModel(
            name="Clue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="移送编号")),
                ("article", models.CharField(max_length=120, verbose_name="依据")),
                ("facts", models.CharField(max_length=500, verbose_name="事实")),
                ("fine_cap_fen", models.BigIntegerField(verbose_name="罚款上限（分）")),
                ("receiver", models.CharField(max_length=80, verbose_name="接收单位")),
                ("sent_on", models.DateField(verbose_name="移送日期")),
                ("receipt", models.CharField(blank=True, max_length=60, verbose_name="回执编号")),
                ("answered_on", models.DateField(null=True, verbose_name="回执日期")),
                ("answer", models.CharField(blank=True, max_length=300, verbose_name="处理结果")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "violation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clue",
                        to="tenancy.violation",
                        verbose_name="违规",
                    ),
                ),
            ],
            options={
                "verbose_name": "线索移送",
                "verbose_name_plural": "线索移送",
            },
        ),
        migrations.CreateModel(
            name="Ban",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="起")),
                ("until", models.DateField(verbose_name="止（含）")),
                ("article", models.CharField(max_length=120, verbose_name="依据")),
                ("lifted_on", models.DateField(null=True, verbose_name="解除日期")),
                ("lift_reason", models.CharField(blank=True, max_length=300, verbose_name="解除理由")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定人",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bans",
                        to="registry.person",
                        verbose_name="人员",
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bans",
                        to="tenancy.lease",
                        verbose_name="租赁合同",
                    ),
                ),
                (
                    "violation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bans",
                        to="tenancy.violation",
                        verbose_name="违规",
                    ),
                ),
            ],
            options={
                "verbose_name": "不得再次申请",
                "verbose_name_plural": "不得再次申请",
                "indexes": [models.Index(fields=["person", "until"], name="ban_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "violation"), name="ban_once"),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("starts_on"))), name="ban_days"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="exit",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "hearing",
                            "heard",
                            "notice",
                            "transition",
                            "holding_over",
                            "demanded",
                            "court",
                            "checking",
                        ),
                    )
                ),
                fields=("lease",),
                name="exit_one_open",
            ),
        ),
    ]
