import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("draw_id", models.CharField(max_length=64, unique=True, verbose_name="摇号编号")),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几次")),
                (
                    "spec",
                    models.CharField(
                        choices=[
                            ("HLD1", "HLD1（承诺、公开随机数、现场摇球）"),
                            ("RSD1", "RSD1（登记种子：只用现场摇球）"),
                        ],
                        default="HLD1",
                        max_length=8,
                        verbose_name="规范",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("frozen", "已冻结，待承诺"),
                            ("committed", "已公布，待公开随机数"),
                            ("random", "公开随机数已定，待现场摇球"),
                            ("live", "摇球已定，待打开承诺"),
                            ("opened", "承诺已打开，待计算"),
                            ("drawn", "结果已公布"),
                            ("aborted", "已中止"),
                        ],
                        default="frozen",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("entries", models.PositiveIntegerField(verbose_name="登记数")),
                ("units", models.PositiveIntegerField(verbose_name="房源数")),
                ("h_roster", models.CharField(max_length=64, verbose_name="名册摘要")),
                ("h_units", models.CharField(max_length=64, verbose_name="房源摘要")),
                ("h_rules", models.CharField(max_length=64, verbose_name="规则摘要")),
                ("draws_at", models.DateTimeField(verbose_name="摇号时间")),
                ("place", models.CharField(max_length=120, verbose_name="摇号地点")),
                ("frozen_at", models.DateTimeField(verbose_name="冻结时间")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公布时间")),
                ("c_op", models.CharField(blank=True, max_length=64, verbose_name="操作员承诺值")),
                ("c_nt", models.CharField(blank=True, max_length=64, verbose_name="公证员承诺值")),
                ("escrow_party", models.CharField(blank=True, max_length=120, verbose_name="托管方")),
                ("escrow_key", models.TextField(blank=True, verbose_name="托管方公钥")),
                ("op_escrow", models.TextField(blank=True, verbose_name="操作员托管件")),
                ("nt_escrow", models.TextField(blank=True, verbose_name="公证员托管件")),
                ("e1_source", models.CharField(blank=True, max_length=120, verbose_name="公开随机数来源")),
                ("e1_prefix", models.CharField(blank=True, max_length=60, verbose_name="公开随机数开头")),
                ("e1_at", models.DateTimeField(null=True, verbose_name="开奖时间")),
                ("e1_fallback", models.CharField(blank=True, max_length=200, verbose_name="未开奖时的办法")),
                ("e1", models.CharField(blank=True, max_length=200, verbose_name="公开随机数 E1")),
                ("e1_proof", models.CharField(blank=True, max_length=300, verbose_name="公开随机数凭据")),
                ("e2", models.CharField(blank=True, max_length=130, verbose_name="现场摇球 E2")),
                ("e2_proof", models.CharField(blank=True, max_length=300, verbose_name="现场摇球凭据")),
                ("op", models.CharField(blank=True, max_length=64, verbose_name="操作员秘密数")),
                ("nt", models.CharField(blank=True, max_length=64, verbose_name="公证员秘密数")),
                ("op_from_escrow", models.BooleanField(default=False, verbose_name="操作员用托管件")),
                ("nt_from_escrow", models.BooleanField(default=False, verbose_name="公证员用托管件")),
                ("seed", models.CharField(blank=True, max_length=64, verbose_name="种子")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="结果时间")),
                ("public_until", models.DateField(null=True, verbose_name="名单公开至")),
                ("aborted_at", models.DateTimeField(null=True, verbose_name="中止时间")),
                ("abort_reason", models.CharField(blank=True, max_length=300, verbose_name="中止原因")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "e1_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公开随机数录入人",
                    ),
                ),
                (
                    "e1_confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公开随机数核对人",
                    ),
                ),
                (
                    "e2_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="现场摇球录入人",
                    ),
                ),
                (
                    "e2_confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="现场摇球核对人",
                    ),
                ),
                (
                    "frozen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="冻结人",
                    ),
                ),
                (
                    "nt_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公证员",
                    ),
                ),
                (
                    "op_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作员",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="allocation.plan",
                        verbose_name="配租方案",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="allocation.draw",
                        verbose_name="代替的摇号",
                    ),
                ),
            ],
            options={
                "verbose_name": "摇号",
                "verbose_name_plural": "摇号",
                "indexes": [models.Index(fields=["state", "-draws_at"], name="draw_calendar")],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "number"), name="draw_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "aborted"), _negated=True),
                        fields=("plan",),
                        name="draw_one_living",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("op_by", None),
                            ("nt_by", None),
                            models.Q(("op_by", models.F("nt_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="draw_two_holders",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("e1_by", None),
                            ("e1_confirmed_by", None),
                            models.Q(("e1_by", models.F("e1_confirmed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="draw_e1_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("e2_by", None),
                            ("e2_confirmed_by", None),
                            models.Q(("e2_by", models.F("e2_confirmed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="draw_e2_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "drawn"), _negated=True),
                            models.Q(models.Q(("seed", ""), _negated=True), ("drawn_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="draw_has_seed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DrawFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, verbose_name="文件名")),
                ("data", models.BinaryField(verbose_name="内容")),
                ("digest", models.CharField(max_length=64, verbose_name="SM3")),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="allocation.draw",
                        verbose_name="摇号",
                    ),
                ),
            ],
            options={
                "verbose_name": "摇号文件",
                "verbose_name_plural": "摇号文件",
                "constraints": [models.UniqueConstraint(fields=("draw", "name"), name="draw_file_once")],
            },
        ),
        migrations.CreateModel(
            name="DrawStep",
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
                            ("frozen", "冻结名册、房源和规则"),
                            ("committed_op", "操作员承诺"),
                            ("committed_nt", "公证员承诺"),
                            ("published", "公布文件、摘要和承诺"),
                            ("e1_entered", "录入公开随机数"),
                            ("e1_rejected", "退回公开随机数"),
                            ("e1_confirmed", "核对公开随机数"),
                            ("e2_entered", "录入现场摇球"),
                            ("e2_rejected", "退回现场摇球"),
                            ("e2_confirmed", "核对现场摇球"),
                            ("opened_op", "操作员打开承诺"),
                            ("opened_nt", "公证员打开承诺"),
                            ("started", "开始计算"),
                            ("resumed", "继续计算"),
                            ("computed", "结果生成并公布"),
                            ("aborted", "中止"),
                        ],
                        max_length=14,
                        verbose_name="步骤",
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
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="allocation.draw",
                        verbose_name="摇号",
                    ),
                ),
            ],
            options={
                "verbose_name": "摇号记录",
                "verbose_name_plural": "摇号记录",
                "indexes": [models.Index(fields=["draw", "id"], name="draw_step_order")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "frozen",
                                    "committed_op",
                                    "committed_nt",
                                    "published",
                                    "e1_confirmed",
                                    "e2_confirmed",
                                    "opened_op",
                                    "opened_nt",
                                    "started",
                                    "computed",
                                    "aborted",
                                ),
                            )
                        ),
                        fields=("draw", "kind"),
                        name="draw_step_once",
                    )
                ],
            },
        ),
    ]
