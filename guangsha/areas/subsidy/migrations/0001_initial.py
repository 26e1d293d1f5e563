import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import guangsha.privacy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0008_material_states"),
        ("ledger", "0002_guards"),
        ("people", "0007_renewed_keys"),
        ("people", "__first__"),
        ("registry", "0003_import_in_background"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="协议号")),
                (
                    "programme",
                    models.CharField(default="rental_subsidy", max_length=24, verbose_name="保障方式"),
                ),
                (
                    "bank_account",
                    guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="收款账号"),
                ),
                (
                    "bank_account_index",
                    guangsha.privacy.fields.BlindIndexField(
                        db_index=True, kind="bank_account", of="bank_account"
                    ),
                ),
                ("bank_name", models.CharField(blank=True, max_length=80, verbose_name="开户银行")),
                ("region", models.CharField(max_length=6, verbose_name="适用地区")),
                ("lease_filing", models.CharField(blank=True, max_length=40, verbose_name="租赁备案号")),
                ("lease_address", models.CharField(blank=True, max_length=200, verbose_name="租赁住房坐落")),
                ("rent_fen", models.BigIntegerField(verbose_name="月租金（分）")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止（含）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待签订"),
                            ("active", "履行中"),
                            ("suspended", "已暂停"),
                            ("expired", "已到期"),
                            ("terminated", "已终止"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("amount_fen", models.BigIntegerField(default=0, verbose_name="现月补贴额（分）")),
                ("household_type", models.CharField(blank=True, max_length=24, verbose_name="保障类别")),
                ("signed_on", models.DateField(null=True, verbose_name="签订日期")),
                ("set_off_consent_on", models.DateField(null=True, verbose_name="同意抵扣日期")),
                ("ended_on", models.DateField(null=True, verbose_name="终止日期")),
                ("end_reason", models.CharField(blank=True, max_length=120, verbose_name="终止原因")),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="发放机构",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="intake.case",
                        verbose_name="申请办件",
                    ),
                ),
                (
                    "follows",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="subsidy.agreement",
                        verbose_name="续签的协议",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
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
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="收款人",
                    ),
                ),
            ],
            options={
                "verbose_name": "补贴协议",
                "verbose_name_plural": "补贴协议",
                "indexes": [
                    models.Index(fields=["agency", "state", "ends_on"], name="agreement_queue"),
                    models.Index(fields=["payee", "state"], name="agreement_payee"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "active", "suspended"))),
                        fields=("household", "programme"),
                        name="agreement_one_living",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="agreement_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gte", 0), ("rent_fen__gte", 0)),
                        name="agreement_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="批次号")),
                (
                    "programme",
                    models.CharField(default="rental_subsidy", max_length=24, verbose_name="保障方式"),
                ),
                ("month", models.IntegerField(verbose_name="月份")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("regular", "按月发放"),
                            ("reissue", "退回重发"),
                            ("supplement", "补充发放"),
                        ],
                        default="regular",
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待复核"),
                            ("checked", "待审批"),
                            ("approved", "待报盘"),
                            ("sent", "已报盘"),
                            ("accepted", "银行已受理"),
                            ("partly_paid", "部分到账"),
                            ("paid", "全部到账"),
                            ("closed", "已办结"),
                            ("cancelled", "已作废"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0, verbose_name="笔数")),
                ("amount_fen", models.BigIntegerField(default=0, verbose_name="金额（分）")),
                ("controls", models.JSONField(default=list, verbose_name="控制检查")),
                ("made_at", models.DateTimeField(verbose_name="制单时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("layout", models.CharField(blank=True, max_length=40, verbose_name="银行文件格式")),
                ("file_digest", models.CharField(blank=True, max_length=64, verbose_name="银行文件摘要")),
                ("file_stored", models.CharField(blank=True, max_length=80, verbose_name="银行文件存放")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="报盘时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="发放机构",
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
                    "budget_line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.budgetline",
                        verbose_name="预算指标",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="复核人",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.fund",
                        verbose_name="资金",
                    ),
                ),
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
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报盘人",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放批次",
                "verbose_name_plural": "发放批次",
                "indexes": [models.Index(fields=["agency", "-month", "state"], name="batch_queue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("checked_by", None),
                                models.Q(("checked_by", models.F("made_by")), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                ("approved_by", None),
                                models.Q(
                                    models.Q(("approved_by", models.F("made_by")), _negated=True),
                                    models.Q(
                                        ("checked_by", None),
                                        models.Q(("approved_by", models.F("checked_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="batch_three_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("file_digest", ""), _negated=True),
                        fields=("file_digest",),
                        name="batch_file_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Calculation",
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
                            ("first", "首次核定"),
                            ("change", "变更核定"),
                            ("review", "复核核定"),
                            ("resume", "恢复发放"),
                            ("suspend", "暂停发放"),
                            ("end", "终止发放"),
                        ],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("from_month", models.IntegerField(verbose_name="起发月份")),
                ("amount_fen", models.BigIntegerField(verbose_name="月补贴额（分）")),
                ("before_fen", models.BigIntegerField(default=0, verbose_name="原月补贴额（分）")),
                ("ends", models.BooleanField(default=False, verbose_name="不再符合条件")),
                ("household_type", models.CharField(blank=True, max_length=24, verbose_name="保障类别")),
                ("happened_on", models.DateField(verbose_name="发生日期")),
                ("known_on", models.DateField(verbose_name="得知日期")),
                ("declared", models.BooleanField(default=True, verbose_name="本人申报")),
                ("lapsed", models.BooleanField(default=False, verbose_name="逾期未年审")),
                ("decision", guangsha.privacy.fields.SealedJSONField(verbose_name="计算过程")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="摘要")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待复核"),
                            ("hearing", "听取意见中"),
                            ("confirmed", "已生效"),
                            ("dropped", "未采纳"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="复核意见")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calculations",
                        to="subsidy.agreement",
                        verbose_name="补贴协议",
                    ),
                ),
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
                "verbose_name": "补贴核定",
                "verbose_name_plural": "补贴核定",
                "indexes": [models.Index(fields=["state", "made_at"], name="calculation_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("agreement", "number"), name="calculation_order"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "hearing"])),
                        fields=("agreement",),
                        name="calculation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gte", 0)), name="calculation_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="calculation_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clawback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="追回单号")),
                ("reason", models.CharField(max_length=300, verbose_name="原因")),
                ("rows", models.JSONField(verbose_name="逐月计算")),
                ("total_fen", models.BigIntegerField(verbose_name="应追回（分）")),
                ("recovered_fen", models.BigIntegerField(default=0, verbose_name="已追回（分）")),
                ("noticed_on", models.DateField(verbose_name="通知日期")),
                ("due_on", models.DateField(verbose_name="应退日期")),
                ("set_off_consent_on", models.DateField(null=True, verbose_name="同意抵扣日期")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待退回"),
                            ("partly", "部分退回"),
                            ("recovered", "已退清"),
                            ("written_off", "已核销"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="建立时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clawbacks",
                        to="subsidy.agreement",
                        verbose_name="补贴协议",
                    ),
                ),
                (
                    "calculation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clawback",
                        to="subsidy.calculation",
                        verbose_name="补贴核定",
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
                "verbose_name": "追回",
                "verbose_name_plural": "追回",
                "indexes": [models.Index(fields=["agreement", "state"], name="clawback_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recovered_fen__gte", 0),
                            ("recovered_fen__lte", models.F("total_fen")),
                            ("total_fen__gt", 0),
                        ),
                        name="clawback_amounts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "programme",
                    models.CharField(default="rental_subsidy", max_length=24, verbose_name="保障方式"),
                ),
                ("month", models.IntegerField(verbose_name="月份")),
                ("amount_fen", models.BigIntegerField(verbose_name="应发（分）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("computed", "已计算"),
                            ("held", "暂缓"),
                            ("paid", "已发放"),
                            ("returned", "银行退回"),
                            ("reversed", "已冲销"),
                        ],
                        default="computed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("held_reason", models.CharField(blank=True, max_length=120, verbose_name="暂缓原因")),
                ("computed_at", models.DateTimeField(verbose_name="计算时间")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="subsidy.agreement",
                        verbose_name="补贴协议",
                    ),
                ),
                (
                    "calculation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="subsidy.calculation",
                        verbose_name="补贴核定",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
            ],
            options={
                "verbose_name": "月度应发",
                "verbose_name_plural": "月度应发",
                "indexes": [models.Index(fields=["agreement", "month"], name="entitlement_month")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("household", "programme", "month"), name="entitlement_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_fen__gt", 0), ("month__gte", 200001), ("month__lte", 210012)
                        ),
                        name="entitlement_form",
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
                ("told_at", models.DateTimeField(verbose_name="告知时间")),
                ("due_on", models.DateField(verbose_name="陈述期限")),
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
                    "calculation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearing",
                        to="subsidy.calculation",
                        verbose_name="补贴核定",
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
            ],
            options={
                "verbose_name": "听取意见",
                "verbose_name_plural": "听取意见",
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField(verbose_name="序号")),
                ("payee_name", models.CharField(max_length=60, verbose_name="收款人姓名")),
                ("identity_last4", models.CharField(blank=True, max_length=4, verbose_name="证件号后四位")),
                ("bank_name", models.CharField(blank=True, max_length=80, verbose_name="开户银行")),
                ("account", guangsha.privacy.fields.SealedTextField(verbose_name="收款账号")),
                (
                    "account_index",
                    guangsha.privacy.fields.BlindIndexField(db_index=True, kind="bank_account", of="account"),
                ),
                ("gross_fen", models.BigIntegerField(verbose_name="应发（分）")),
                ("set_off_fen", models.BigIntegerField(default=0, verbose_name="抵扣（分）")),
                ("amount_fen", models.BigIntegerField(verbose_name="实发（分）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "待发"),
                            ("sent", "已报盘"),
                            ("paid", "已到账"),
                            ("returned", "已退回"),
                            ("reissued", "已重发"),
                            ("cancelled", "已作废"),
                        ],
                        default="ready",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("return_code", models.CharField(blank=True, max_length=20, verbose_name="退回代码")),
                ("return_text", models.CharField(blank=True, max_length=120, verbose_name="退回说明")),
                ("serial", models.CharField(blank=True, max_length=40, verbose_name="银行流水号")),
                ("paid_on", models.DateField(null=True, verbose_name="到账日期")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="subsidy.agreement",
                        verbose_name="补贴协议",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="subsidy.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="收款人",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="subsidy.item",
                        verbose_name="重发的原笔",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放明细",
                "verbose_name_plural": "发放明细",
                "indexes": [
                    models.Index(fields=["agreement", "-batch"], name="item_agreement"),
                    models.Index(fields=["state"], name="item_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "seq"), name="item_seq"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount_fen",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_fen"), "-", models.F("set_off_fen")
                                ),
                            ),
                            ("amount_fen__gte", 0),
                            ("gross_fen__gt", 0),
                            ("set_off_fen__gte", 0),
                        ),
                        name="item_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("living", models.BooleanField(default=True, verbose_name="有效")),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="subsidy.entitlement",
                        verbose_name="月度应发",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="months",
                        to="subsidy.item",
                        verbose_name="发放明细",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放所属月份",
                "verbose_name_plural": "发放所属月份",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "entitlement"), name="itemmonth_pair"),
                    models.UniqueConstraint(
                        condition=models.Q(("living", True)),
                        fields=("entitlement",),
                        name="itemmonth_paid_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "way",
                    models.CharField(
                        choices=[("set_off", "抵扣"), ("transfer", "转账退回"), ("cash", "现金退回")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("key", models.CharField(max_length=80, unique=True, verbose_name="幂等键")),
                ("living", models.BooleanField(default=True, verbose_name="有效")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "clawback",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries",
                        to="subsidy.clawback",
                        verbose_name="追回",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="set_offs",
                        to="subsidy.item",
                        verbose_name="抵扣的发放明细",
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
                "verbose_name": "追回款",
                "verbose_name_plural": "追回款",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="recovery_amount")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="摘要")),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("paid", models.PositiveIntegerField(default=0, verbose_name="成功笔数")),
                ("returned", models.PositiveIntegerField(default=0, verbose_name="退回笔数")),
                ("stored", models.CharField(blank=True, max_length=80, verbose_name="存放")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="subsidy.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "回盘文件",
                "verbose_name_plural": "回盘文件",
            },
        ),
        migrations.CreateModel(
            name="SampleCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("drawn_at", models.DateTimeField(verbose_name="抽取时间")),
                ("seed", models.CharField(max_length=64, verbose_name="抽样种子")),
                (
                    "finding",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("received", "已收到"),
                            ("not_received", "未收到"),
                            ("not_reached", "联系不上"),
                            ("doubtful", "存疑"),
                        ],
                        max_length=12,
                        verbose_name="结论",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to="subsidy.item",
                        verbose_name="发放明细",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放抽查",
                "verbose_name_plural": "发放抽查",
                "constraints": [models.UniqueConstraint(fields=("item",), name="sample_once")],
            },
        ),
    ]
