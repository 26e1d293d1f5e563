import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import guangsha.privacy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0002_guards"),
        ("people", "0007_renewed_keys"),
        ("people", "__first__"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.IntegerField(verbose_name="账期")),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("rent", "租金"),
                            ("transition", "过渡期租金"),
                            ("occupation_fee", "占用费"),
                            ("market_top_up", "市场租金补差"),
                            ("compensation", "赔偿"),
                            ("late_fee", "滞纳金"),
                        ],
                        max_length=16,
                        verbose_name="项目",
                    ),
                ),
                ("part", models.PositiveSmallIntegerField(default=0, verbose_name="补充序号")),
                ("gross_fen", models.BigIntegerField(verbose_name="应收（分）")),
                ("relief_fen", models.BigIntegerField(default=0, verbose_name="减免（分）")),
                ("net_fen", models.BigIntegerField(verbose_name="应缴（分）")),
                ("waived_fen", models.BigIntegerField(default=0, verbose_name="核销更正（分）")),
                ("paid_fen", models.BigIntegerField(default=0, verbose_name="已缴（分）")),
                ("open_fen", models.BigIntegerField(verbose_name="未缴（分）")),
                ("issued_on", models.DateField(verbose_name="出账日期")),
                ("due_on", models.DateField(verbose_name="缴费期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "待缴"),
                            ("part_paid", "部分已缴"),
                            ("paid", "已缴清"),
                            ("overdue", "已逾期"),
                            ("dunning1", "已提醒"),
                            ("dunning2", "已催缴"),
                            ("dunning3", "已上门"),
                            ("legal", "待依法处理"),
                            ("written_off", "已核销"),
                        ],
                        default="issued",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
            ],
            options={
                "verbose_name": "租金账单",
                "verbose_name_plural": "租金账单",
                "indexes": [
                    models.Index(fields=["state", "due_on"], name="bill_queue"),
                    models.Index(fields=["period", "item"], name="bill_period"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_fen",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_fen"), "-", models.F("relief_fen")
                                ),
                            ),
                            ("net_fen__gte", 0),
                            (
                                "open_fen",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("net_fen"), "-", models.F("waived_fen")
                                    ),
                                    "-",
                                    models.F("paid_fen"),
                                ),
                            ),
                            ("open_fen__gte", 0),
                            ("paid_fen__gte", 0),
                            ("relief_fen__gte", 0),
                            ("waived_fen__gte", 0),
                        ),
                        name="bill_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("open_fen", 0), ("state__in", ["paid", "written_off"])),
                            models.Q(
                                ("open_fen__gt", 0),
                                models.Q(("state__in", ["paid", "written_off"]), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="bill_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_fen", models.BigIntegerField(verbose_name="应交（分）")),
                ("held_fen", models.BigIntegerField(default=0, verbose_name="代管余额（分）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "待缴"),
                            ("held", "代管中"),
                            ("settling", "待退还"),
                            ("returned", "已退还"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("received_on", models.DateField(null=True, verbose_name="交存日期")),
                ("back_by", models.DateField(null=True, verbose_name="应退还日期")),
            ],
            options={
                "verbose_name": "押金",
                "verbose_name_plural": "押金",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_fen__gte", 0), ("held_fen__gte", 0)), name="deposit_amounts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="缴款识别码")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("rent", "租金"), ("deposit", "押金")],
                        default="rent",
                        max_length=8,
                        verbose_name="用途",
                    ),
                ),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待缴款"), ("paid", "已缴款"), ("cancelled", "已作废")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="开单时间")),
                ("expires_on", models.DateField(verbose_name="有效期至")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开单人",
                    ),
                ),
            ],
            options={
                "verbose_name": "缴款单",
                "verbose_name_plural": "缴款单",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="paymentorder_amount"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("simulated", "模拟银行"), ("treasury_file", "非税系统导入")],
                        max_length=16,
                        verbose_name="渠道",
                    ),
                ),
                ("serial", models.CharField(max_length=40, verbose_name="流水号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("paid_at", models.DateTimeField(verbose_name="缴款时间")),
                ("day", models.DateField(verbose_name="缴款日期")),
                ("voucher", models.CharField(max_length=40, verbose_name="电子缴款书号")),
                ("check_code", models.CharField(max_length=16, verbose_name="校验码")),
                ("confirmed_at", models.DateTimeField(verbose_name="确认时间")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="rent.paymentorder",
                        verbose_name="缴款单",
                    ),
                ),
            ],
            options={
                "verbose_name": "收款确认",
                "verbose_name_plural": "收款确认",
                "indexes": [models.Index(fields=["day"], name="receipt_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "serial"), name="receipt_once"),
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="receipt_amount"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DepositUse",
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
                        choices=[("in", "交存"), ("used", "抵扣"), ("back", "退还")],
                        max_length=6,
                        verbose_name="类别",
                    ),
                ),
                ("fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("on", models.DateField(verbose_name="日期")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "bill",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rent.bill",
                        verbose_name="账单",
                    ),
                ),
                (
                    "deposit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="rent.deposit",
                        verbose_name="押金",
                    ),
                ),
                (
                    "receipt",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposit_use",
                        to="rent.receipt",
                        verbose_name="收款确认",
                    ),
                ),
            ],
            options={
                "verbose_name": "押金收支",
                "verbose_name_plural": "押金收支",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fen__gt", 0), ("kind", "in")),
                            models.Q(models.Q(("kind", "in"), _negated=True), ("fen__lt", 0)),
                            _connector="OR",
                        ),
                        name="deposituse_sign",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
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
                            ("receipt", "缴款"),
                            ("advance", "预缴抵扣"),
                            ("deposit", "押金抵扣"),
                            ("returned", "转为预缴"),
                        ],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="rent.bill",
                        verbose_name="账单",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="rent.receipt",
                        verbose_name="收款确认",
                    ),
                ),
            ],
            options={
                "verbose_name": "缴款分配",
                "verbose_name_plural": "缴款分配",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fen__lt", 0), ("kind", "returned")),
                            models.Q(models.Q(("kind", "returned"), _negated=True), ("fen__gt", 0)),
                            _connector="OR",
                        ),
                        name="allocation_sign",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RentAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cycle", models.CharField(default="month", max_length=8, verbose_name="缴费周期")),
                ("from_on", models.DateField(null=True, verbose_name="起租日期")),
                ("until_on", models.DateField(null=True, verbose_name="止租日期")),
                ("rebill_from", models.IntegerField(default=0, verbose_name="待出账月份")),
                ("owed_fen", models.BigIntegerField(default=0, verbose_name="未缴（分）")),
                ("advance_fen", models.BigIntegerField(default=0, verbose_name="预缴（分）")),
                ("oldest_due_on", models.DateField(null=True, verbose_name="最早未缴到期日")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("none", "无欠费"),
                            ("reminder", "到期前提醒"),
                            ("overdue", "已逾期"),
                            ("dunning1", "短信催缴"),
                            ("dunning2", "书面催缴"),
                            ("dunning3", "上门走访"),
                            ("legal", "转租约处理"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="催缴阶段",
                    ),
                ),
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
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rent_account",
                        to="tenancy.lease",
                        verbose_name="租约",
                    ),
                ),
            ],
            options={
                "verbose_name": "租金户",
                "verbose_name_plural": "租金户",
                "indexes": [
                    models.Index(fields=["agency", "oldest_due_on"], name="rentaccount_arrears"),
                    models.Index(fields=["agency", "rebill_from"], name="rentaccount_rebill"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("advance_fen__gte", 0), ("owed_fen__gte", 0)),
                        name="rentaccount_signs",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="退付单号")),
                (
                    "source",
                    models.CharField(
                        choices=[("advance", "预缴款"), ("deposit", "押金")],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("payee_name", models.CharField(max_length=60, verbose_name="收款人")),
                ("bank_account", guangsha.privacy.fields.SealedTextField(verbose_name="收款账号")),
                ("bank_name", models.CharField(blank=True, max_length=80, verbose_name="开户银行")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待复核"),
                            ("confirmed", "待财政退付"),
                            ("paid", "已退付"),
                            ("refused", "未同意"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("due_on", models.DateField(null=True, verbose_name="应退付日期")),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                ("paid_on", models.DateField(null=True, verbose_name="退付日期")),
                ("serial", models.CharField(blank=True, max_length=40, verbose_name="财政退付流水号")),
                (
                    "confirmed_by",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="rent.rentaccount",
                        verbose_name="租金户",
                    ),
                ),
            ],
            options={
                "verbose_name": "退付",
                "verbose_name_plural": "退付",
                "indexes": [models.Index(fields=["state", "due_on"], name="refund_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "confirmed"])),
                        fields=("account", "source"),
                        name="refund_one_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("serial", ""), _negated=True),
                        fields=("serial",),
                        name="refund_serial_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="refund_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="refund_two_people",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="rent.rentaccount",
                verbose_name="租金户",
            ),
        ),
        migrations.CreateModel(
            name="InstalmentPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="计划号")),
                ("months", models.PositiveSmallIntegerField(verbose_name="期数")),
                ("total_fen", models.BigIntegerField(verbose_name="分期总额（分）")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                ("reason", models.CharField(max_length=300, verbose_name="困难情况")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待复核"),
                            ("active", "履行中"),
                            ("kept", "已履行完"),
                            ("broken", "未按期履行"),
                            ("refused", "未同意"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                ("ended_on", models.DateField(null=True, verbose_name="结束日期")),
                (
                    "confirmed_by",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="rent.rentaccount",
                        verbose_name="租金户",
                    ),
                ),
            ],
            options={
                "verbose_name": "分期计划",
                "verbose_name_plural": "分期计划",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "active"])),
                        fields=("account",),
                        name="instalmentplan_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total_fen__gt", 0)), name="instalmentplan_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="instalmentplan_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dunning",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("none", "无欠费"),
                            ("reminder", "到期前提醒"),
                            ("overdue", "已逾期"),
                            ("dunning1", "短信催缴"),
                            ("dunning2", "书面催缴"),
                            ("dunning3", "上门走访"),
                            ("legal", "转租约处理"),
                        ],
                        max_length=10,
                        verbose_name="阶段",
                    ),
                ),
                ("oldest_due_on", models.DateField(verbose_name="最早未缴到期日")),
                ("owed_fen", models.BigIntegerField(verbose_name="当时未缴（分）")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="文书号")),
                ("text", models.CharField(max_length=600, verbose_name="内容")),
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
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dunnings",
                        to="rent.rentaccount",
                        verbose_name="租金户",
                    ),
                ),
            ],
            options={
                "verbose_name": "催缴",
                "verbose_name_plural": "催缴",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "oldest_due_on", "step"), name="dunning_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="deposit",
            name="account",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deposit",
                to="rent.rentaccount",
                verbose_name="租金户",
            ),
        ),
        migrations.AddField(
            model_name="bill",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bills",
                to="rent.rentaccount",
                verbose_name="租金户",
            ),
        ),
        migrations.CreateModel(
            name="RentBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "agency",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.fund",
                        verbose_name="资金",
                    ),
                ),
            ],
            options={
                "verbose_name": "租金账套",
                "verbose_name_plural": "租金账套",
            },
        ),
        migrations.CreateModel(
            name="RentTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract", "合同租金"),
                            ("transition", "过渡期租金"),
                            ("holding_over", "占用费"),
                        ],
                        default="contract",
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("from_on", models.DateField(verbose_name="起")),
                ("household_type", models.CharField(blank=True, max_length=24, verbose_name="保障类别")),
                ("area_m2", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="计租面积")),
                ("market_fen", models.BigIntegerField(verbose_name="市场租金（分/月）")),
                ("share", models.DecimalField(decimal_places=6, max_digits=7, verbose_name="租金比例")),
                ("gross_fen", models.BigIntegerField(verbose_name="标准租金（分/月）")),
                ("rent_fen", models.BigIntegerField(verbose_name="应交租金（分/月）")),
                ("relief_until", models.DateField(null=True, verbose_name="减免止（含）")),
                ("decision", guangsha.privacy.fields.SealedJSONField(verbose_name="计算过程")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("heard", models.CharField(blank=True, max_length=300, verbose_name="听取意见情况")),
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
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="rent.rentaccount",
                        verbose_name="租金户",
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
                "verbose_name": "租金核定",
                "verbose_name_plural": "租金核定",
                "indexes": [models.Index(fields=["state", "made_at"], name="rentterm_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "number"), name="rentterm_order"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("account",),
                        name="rentterm_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("market_fen__gte", 0),
                            ("rent_fen__gte", 0),
                            ("rent_fen__lte", models.F("gross_fen")),
                        ),
                        name="rentterm_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="rentterm_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillLine",
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
                            ("gross", "应收"),
                            ("relief", "减免"),
                            ("change", "按实际天数调整"),
                            ("adjustment", "核准调整"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("month", models.IntegerField(verbose_name="月份")),
                ("from_on", models.DateField(verbose_name="起")),
                ("to_on", models.DateField(verbose_name="止（含）")),
                ("text", models.CharField(max_length=120, verbose_name="说明")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="rent.bill",
                        verbose_name="账单",
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rent.rentterm",
                        verbose_name="租金核定",
                    ),
                ),
            ],
            options={
                "verbose_name": "账单明细",
                "verbose_name_plural": "账单明细",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("fen", 0), _negated=True), name="billline_amount"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("handed_back_on", models.DateField(verbose_name="退房日期")),
                ("readings", models.CharField(blank=True, max_length=200, verbose_name="水电气表底数")),
                ("deductions", models.JSONField(default=list, verbose_name="扣款清单")),
                ("heard", models.CharField(blank=True, max_length=300, verbose_name="承租人意见")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待复核"), ("confirmed", "已确认"), ("closed", "已结清")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("closed_on", models.DateField(null=True, verbose_name="结清日期")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement",
                        to="rent.rentaccount",
                        verbose_name="租金户",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "退房结算",
                "verbose_name_plural": "退房结算",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="settlement_two_people",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("party", models.CharField(max_length=8, verbose_name="来源")),
                ("serial", models.CharField(max_length=40, verbose_name="流水号")),
                ("order_number", models.CharField(blank=True, max_length=20, verbose_name="缴款识别码")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
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
                "verbose_name": "对账单明细",
                "verbose_name_plural": "对账单明细",
                "indexes": [models.Index(fields=["agency", "day"], name="statementline_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "party", "serial"), name="statementline_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
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
                        choices=[("write_off", "核销"), ("correction", "账单更正")],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待复核"), ("confirmed", "已生效"), ("refused", "未同意")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                (
                    "confirmed_by",
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
                        verbose_name="经办人",
                    ),
                ),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="rent.bill",
                        verbose_name="账单",
                    ),
                ),
            ],
            options={
                "verbose_name": "账单调整",
                "verbose_name_plural": "账单调整",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("bill",),
                        name="adjustment_one_open",
                    ),
                    models.CheckConstraint(condition=models.Q(("fen__gt", 0)), name="adjustment_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            ("made_by", None),
                            models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="adjustment_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待对账"), ("checked", "待办结"), ("closed", "已办结")],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("bills_fen", models.BigIntegerField(default=0, verbose_name="账单台账（分）")),
                ("nontax_fen", models.BigIntegerField(default=0, verbose_name="非税系统（分）")),
                ("bank_fen", models.BigIntegerField(default=0, verbose_name="银行（分）")),
                ("differences", models.JSONField(default=list, verbose_name="差异")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="对账时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
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
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="对账人",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办结人",
                    ),
                ),
            ],
            options={
                "verbose_name": "收缴对账日",
                "verbose_name_plural": "收缴对账日",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "day"), name="collectionday_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_by", None),
                            ("checked_by", None),
                            models.Q(("closed_by", models.F("checked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="collectionday_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="期次")),
                ("due_on", models.DateField(verbose_name="到期日")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rates",
                        to="rent.instalmentplan",
                        verbose_name="分期计划",
                    ),
                ),
            ],
            options={
                "verbose_name": "分期",
                "verbose_name_plural": "分期",
                "constraints": [models.UniqueConstraint(fields=("plan", "number"), name="instalment_number")],
            },
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(fields=["account", "state"], name="paymentorder_open"),
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(
                condition=models.Q(("open_fen__gt", 0)), fields=["account", "due_on"], name="bill_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                fields=("account", "period", "item", "part"), name="bill_once"
            ),
        ),
    ]
