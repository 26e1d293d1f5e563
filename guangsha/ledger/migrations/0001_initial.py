import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0007_renewed_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, verbose_name="资金编码")),
                ("name", models.CharField(max_length=80, verbose_name="资金名称")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("general", "一般公共预算"),
                            ("government_fund", "政府性基金"),
                            ("state_capital", "国有资本经营预算"),
                            ("social_insurance", "社会保险基金预算"),
                            ("special_account", "财政专户管理资金"),
                            ("superior", "上级补助"),
                            ("operating", "事业和经营收入"),
                            ("other", "其他资金"),
                            ("maintenance", "住宅专项维修资金"),
                            ("custody", "代管资金"),
                        ],
                        max_length=20,
                        verbose_name="资金来源",
                    ),
                ),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="资金文号")),
                ("purpose", models.CharField(blank=True, max_length=200, verbose_name="用途")),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "资金",
                "verbose_name_plural": "资金",
                "constraints": [models.UniqueConstraint(fields=("agency", "code"), name="ledger_fund_code")],
            },
        ),
        migrations.CreateModel(
            name="BudgetLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "nature",
                    models.CharField(
                        choices=[("basic", "基本支出"), ("project", "项目支出")],
                        max_length=8,
                        verbose_name="支出性质",
                    ),
                ),
                (
                    "vintage",
                    models.CharField(
                        choices=[("current", "当年"), ("carried", "上年结转")],
                        default="current",
                        max_length=8,
                        verbose_name="指标来源",
                    ),
                ),
                ("functional_code", models.CharField(max_length=7, verbose_name="功能分类编码")),
                ("economic_code", models.CharField(blank=True, max_length=5, verbose_name="经济分类编码")),
                ("project_code", models.CharField(blank=True, max_length=40, verbose_name="项目编码")),
                ("name", models.CharField(max_length=120, verbose_name="指标名称")),
                ("document_number", models.CharField(max_length=60, verbose_name="批复文号")),
                ("initial_fen", models.BigIntegerField(verbose_name="年初预算数（分）")),
                (
                    "adjusted_fen",
                    models.BigIntegerField(default=0, editable=False, verbose_name="预算调整数（分）"),
                ),
                (
                    "committed_fen",
                    models.BigIntegerField(default=0, editable=False, verbose_name="已承诺数（分）"),
                ),
                (
                    "executed_fen",
                    models.BigIntegerField(default=0, editable=False, verbose_name="执行数（分）"),
                ),
                ("last_entry_id", models.BigIntegerField(default=0, editable=False, verbose_name="最后凭证")),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="ledger.fund", verbose_name="资金"
                    ),
                ),
            ],
            options={
                "verbose_name": "预算指标",
                "verbose_name_plural": "预算指标",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "agency",
                            "year",
                            "fund",
                            "nature",
                            "vintage",
                            "functional_code",
                            "economic_code",
                            "project_code",
                        ),
                        name="ledger_budgetline_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("committed_fen__gte", 0),
                            ("initial_fen__gte", 0),
                            ("initial_fen__lte", 1000000000000000),
                        ),
                        name="ledger_budgetline_signs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("executed_fen__gte", 0)), name="ledger_budgetline_returned"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "executed_fen__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("initial_fen"), "+", models.F("adjusted_fen")
                                    ),
                                    "-",
                                    models.F("committed_fen"),
                                ),
                            )
                        ),
                        name="ledger_budgetline_ceiling",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="科目编码")),
                ("name", models.CharField(max_length=120, verbose_name="科目名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("asset", "资产"),
                            ("liability", "负债"),
                            ("net_assets", "净资产"),
                            ("income", "收入"),
                            ("expense", "费用"),
                            ("budget_income", "预算收入"),
                            ("budget_expenditure", "预算支出"),
                            ("budget_balance", "预算结余"),
                        ],
                        max_length=20,
                        verbose_name="科目类别",
                    ),
                ),
                ("book", models.CharField(editable=False, max_length=10, verbose_name="核算体系")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                ("balance_fen", models.BigIntegerField(default=0, editable=False, verbose_name="余额（分）")),
                (
                    "debit_fen",
                    models.BigIntegerField(default=0, editable=False, verbose_name="借方累计（分）"),
                ),
                (
                    "credit_fen",
                    models.BigIntegerField(default=0, editable=False, verbose_name="贷方累计（分）"),
                ),
                ("last_entry_id", models.BigIntegerField(default=0, editable=False, verbose_name="最后凭证")),
                (
                    "least_fen",
                    models.BigIntegerField(default=-9000000000000000000, verbose_name="余额下限（分）"),
                ),
                (
                    "most_fen",
                    models.BigIntegerField(default=9000000000000000000, verbose_name="余额上限（分）"),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="ledger.fund", verbose_name="资金"
                    ),
                ),
            ],
            options={
                "verbose_name": "会计科目",
                "verbose_name_plural": "会计科目",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "fund", "code"), name="ledger_account_code"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "balance_fen",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("debit_fen"), "-", models.F("credit_fen")
                                ),
                            ),
                            ("balance_fen__gte", models.F("least_fen")),
                            ("balance_fen__lte", models.F("most_fen")),
                        ),
                        name="ledger_account_within",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.IntegerField(verbose_name="月份")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止")),
                ("length", models.BigIntegerField(default=0, editable=False, verbose_name="凭证数")),
                ("head", models.CharField(editable=False, max_length=64, verbose_name="链头")),
                ("closed", models.BooleanField(default=False, editable=False, verbose_name="已结账")),
                ("closed_by", models.BigIntegerField(default=0, editable=False, verbose_name="结账人")),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "会计期间",
                "verbose_name_plural": "会计期间",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "month"), name="ledger_period_month"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__gte", models.F("starts_on")),
                            ("month__gte", 200001),
                            ("month__lte", 210012),
                        ),
                        name="ledger_period_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(verbose_name="凭证号")),
                ("date", models.DateField(verbose_name="日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "期初"),
                            ("receipt", "收款"),
                            ("payment", "付款"),
                            ("transfer", "转账"),
                            ("closing", "结转"),
                            ("reversal", "红字冲销"),
                            ("correction", "蓝字更正"),
                        ],
                        max_length=12,
                        verbose_name="凭证类别",
                    ),
                ),
                ("lines", models.SmallIntegerField(verbose_name="分录数")),
                ("key", models.CharField(max_length=100, verbose_name="幂等键")),
                ("digest", models.CharField(max_length=64, verbose_name="内容摘要")),
                ("source_type", models.CharField(blank=True, max_length=60, verbose_name="来源")),
                ("source_id", models.CharField(blank=True, max_length=40, verbose_name="来源编号")),
                ("voucher_number", models.CharField(blank=True, max_length=60, verbose_name="原始凭证号")),
                ("attachments", models.SmallIntegerField(default=0, verbose_name="附件张数")),
                ("reason", models.CharField(max_length=200, verbose_name="摘要")),
                ("actor_id", models.BigIntegerField(verbose_name="制单人")),
                ("posted_at", models.DateTimeField(verbose_name="记账时间")),
                ("link", models.CharField(max_length=64, verbose_name="链接摘要")),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
                (
                    "reversal_of",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.entry",
                        verbose_name="冲销的凭证",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.period",
                        verbose_name="会计期间",
                    ),
                ),
            ],
            options={
                "verbose_name": "记账凭证",
                "verbose_name_plural": "记账凭证",
                "indexes": [
                    models.Index(
                        condition=models.Q(("source_type", ""), _negated=True),
                        fields=["source_type", "source_id"],
                        name="ledger_entry_source",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("period", "number"), name="ledger_entry_number"),
                    models.UniqueConstraint(fields=("agency", "key"), name="ledger_entry_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("reversal_of__isnull", False)),
                        fields=("reversal_of",),
                        name="ledger_entry_reversed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("attachments__gte", 0),
                            ("lines__gte", 2),
                            ("lines__lte", 1000),
                            models.Q(("key", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("digest", ""), _negated=True),
                            models.Q(("link", ""), _negated=True),
                            models.Q(
                                ("reversal_of__isnull", False),
                                models.Q(("kind__in", ["reversal", "correction"]), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="ledger_entry_form",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodAct",
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
                        choices=[("close", "结账"), ("reopen", "反结账")], max_length=8, verbose_name="行为"
                    ),
                ),
                ("actor_id", models.BigIntegerField(verbose_name="行为人")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("length", models.PositiveBigIntegerField(verbose_name="凭证数")),
                ("head", models.CharField(max_length=64, verbose_name="链头")),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="ledger.period",
                        verbose_name="会计期间",
                    ),
                ),
            ],
            options={
                "verbose_name": "结账记录",
                "verbose_name_plural": "结账记录",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["close", "reopen"])), name="ledger_periodact_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("actor_id__gt", 0)), name="ledger_periodact_person"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry_id", "line", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("line", models.SmallIntegerField(verbose_name="行号")),
                ("lines", models.SmallIntegerField(verbose_name="分录数")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="ledger.account",
                        verbose_name="会计科目",
                    ),
                ),
                (
                    "budget_line",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="ledger.budgetline",
                        verbose_name="预算指标",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="ledger.entry",
                        verbose_name="记账凭证",
                    ),
                ),
            ],
            options={
                "verbose_name": "分录",
                "verbose_name_plural": "分录",
                "indexes": [
                    models.Index(fields=["account", "entry"], name="ledger_posting_account"),
                    models.Index(
                        condition=models.Q(("budget_line__isnull", False)),
                        fields=["budget_line", "entry"],
                        name="ledger_posting_budget",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("line__gte", 1),
                            ("line__lte", models.F("lines")),
                            ("amount_fen__gte", -1000000000000000),
                            ("amount_fen__lte", 1000000000000000),
                            models.Q(("amount_fen", 0), _negated=True),
                        ),
                        name="ledger_posting_form",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BudgetMove",
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
                            ("supplement", "追加"),
                            ("reduction", "调减"),
                            ("transfer", "调剂"),
                            ("carry_over", "结转使用"),
                            ("commitment", "承诺"),
                            ("release", "解除承诺"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("date", models.DateField(verbose_name="日期")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("key", models.CharField(max_length=100, verbose_name="幂等键")),
                ("digest", models.CharField(max_length=64, verbose_name="内容摘要")),
                ("reason", models.CharField(max_length=200, verbose_name="摘要")),
                ("actor_id", models.BigIntegerField(verbose_name="经办人")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="ledger.budgetline",
                        verbose_name="预算指标",
                    ),
                ),
            ],
            options={
                "verbose_name": "预算变动",
                "verbose_name_plural": "预算变动",
                "constraints": [
                    models.UniqueConstraint(fields=("line", "key"), name="ledger_budgetmove_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_fen__gt", 0),
                                ("kind__in", ["supplement", "carry_over", "commitment"]),
                            ),
                            models.Q(("amount_fen__lt", 0), ("kind__in", ["reduction", "release"])),
                            models.Q(("kind", "transfer"), models.Q(("amount_fen", 0), _negated=True)),
                            _connector="OR",
                        ),
                        name="ledger_budgetmove_sign",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["commitment", "release"]),
                            models.Q(("document_number", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ledger_budgetmove_document",
                    ),
                ],
            },
        ),
    ]
