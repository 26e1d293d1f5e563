import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0007_renewed_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="内容摘要")),
                ("count", models.PositiveIntegerField(verbose_name="条数")),
                ("lines", models.BinaryField(verbose_name="记录")),
            ],
            options={
                "verbose_name": "记录集",
                "verbose_name_plural": "记录集",
            },
        ),
        migrations.CreateModel(
            name="StaffPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20, verbose_name="编号")),
                ("title", models.CharField(max_length=60, verbose_name="岗位")),
                ("document_number", models.CharField(max_length=60, verbose_name="核定文号")),
                ("started_on", models.DateField(verbose_name="核定日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="核减日期")),
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
                "verbose_name": "编制岗位",
                "verbose_name_plural": "编制岗位",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "number"), name="staffpost_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="PostHolding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                ("started_on", models.DateField(verbose_name="到岗日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="离岗日期")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="performance.staffpost",
                        verbose_name="编制岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "在岗人员",
                "verbose_name_plural": "在岗人员",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)), fields=("post",), name="postholding_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None), ("ended_on__gte", models.F("started_on")), _connector="OR"
                        ),
                        name="postholding_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="代码")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("began_on", models.DateField(verbose_name="开始日期")),
                ("ended_on", models.DateField(verbose_name="结束日期")),
                ("sent", models.PositiveIntegerField(verbose_name="发出份数")),
                ("evidence", models.CharField(max_length=200, verbose_name="原始问卷存放")),
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
                "verbose_name": "满意度调查",
                "verbose_name_plural": "满意度调查",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "code"), name="survey_code"),
                    models.CheckConstraint(
                        condition=models.Q(("ended_on__gte", models.F("began_on"))), name="survey_days"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="问卷号")),
                ("grade", models.PositiveSmallIntegerField(verbose_name="评价（5 非常满意 … 1 非常不满意）")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="performance.survey",
                        verbose_name="满意度调查",
                    ),
                ),
            ],
            options={
                "verbose_name": "调查问卷",
                "verbose_name_plural": "调查问卷",
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "number"), name="surveyanswer_number"),
                    models.CheckConstraint(
                        condition=models.Q(("grade__gte", 1), ("grade__lte", 5)), name="surveyanswer_grade"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("unit", models.CharField(max_length=120, verbose_name="单位全称")),
                ("profile", models.CharField(max_length=64, verbose_name="口径模板")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "编制中"), ("closed", "已定稿")],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("frame", models.JSONField(verbose_name="表框")),
                ("table_file", models.CharField(max_length=120, verbose_name="指标取数表")),
                ("table_text", models.TextField(verbose_name="指标取数表原文")),
                ("table_digest", models.CharField(max_length=64, verbose_name="指标取数表摘要")),
                ("table_by", models.CharField(max_length=60, verbose_name="导入人")),
                ("table_at", models.DateTimeField(verbose_name="导入时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="定稿时间")),
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
            ],
            options={
                "verbose_name": "单位年度",
                "verbose_name_plural": "单位年度",
                "constraints": [models.UniqueConstraint(fields=("agency", "year"), name="unityear_once")],
            },
        ),
        migrations.CreateModel(
            name="ReportVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="版本号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("draft", "试算"), ("closing", "定稿"), ("correction", "更正")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("figures", models.TextField(verbose_name="填好的指标表")),
                ("facts", models.TextField(verbose_name="数据及来源")),
                ("scores", models.TextField(verbose_name="得分")),
                ("figures_digest", models.CharField(max_length=64, verbose_name="指标表摘要")),
                ("facts_digest", models.CharField(max_length=64, verbose_name="数据摘要")),
                ("gaps", models.JSONField(default=list, verbose_name="空缺")),
                ("as_of", models.DateTimeField(verbose_name="数据截至")),
                ("made_by", models.BigIntegerField(verbose_name="编制人")),
                ("made_by_name", models.CharField(max_length=60, verbose_name="编制人姓名")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
                (
                    "unit_year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="performance.unityear",
                        verbose_name="单位年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "报告版本",
                "verbose_name_plural": "报告版本",
                "constraints": [
                    models.UniqueConstraint(fields=("unit_year", "number"), name="version_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="IndicatorBinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="序号")),
                ("path", models.CharField(max_length=160, verbose_name="位置")),
                ("part", models.CharField(blank=True, max_length=20, verbose_name="部分")),
                ("template", models.CharField(blank=True, max_length=300, verbose_name="文字")),
                ("metric", models.CharField(blank=True, max_length=60, verbose_name="取数指标")),
                ("parameters", models.JSONField(default=dict, verbose_name="参数")),
                ("unit", models.CharField(blank=True, max_length=12, verbose_name="计量单位")),
                ("decimals", models.PositiveSmallIntegerField(default=0, verbose_name="小数位")),
                ("trim", models.BooleanField(default=False, verbose_name="不印末尾的零")),
                ("value", models.CharField(blank=True, max_length=300, verbose_name="填写的值")),
                ("evidence", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                ("evidence_digest", models.CharField(blank=True, max_length=64, verbose_name="佐证文件摘要")),
                ("person", models.CharField(blank=True, max_length=60, verbose_name="填写人")),
                ("entered_on", models.DateField(null=True, verbose_name="填写日期")),
                (
                    "unit_year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bindings",
                        to="performance.unityear",
                        verbose_name="单位年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "指标取数",
                "verbose_name_plural": "指标取数",
                "constraints": [
                    models.UniqueConstraint(fields=("unit_year", "path", "part"), name="binding_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("metric", ""), _negated=True),
                            models.Q(
                                ("entered_on__isnull", False),
                                models.Q(("person", ""), _negated=True),
                                models.Q(
                                    models.Q(("evidence", ""), _negated=True),
                                    models.Q(("evidence_digest", ""), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="binding_evidence",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CellTrace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="序号")),
                ("path", models.CharField(max_length=160, verbose_name="位置")),
                ("part", models.CharField(blank=True, max_length=20, verbose_name="部分")),
                ("fact", models.CharField(max_length=200, verbose_name="数据项")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="所印")),
                ("exact", models.CharField(blank=True, max_length=60, verbose_name="精确值")),
                ("metric", models.CharField(max_length=60, verbose_name="取数指标")),
                ("metric_version", models.PositiveSmallIntegerField(verbose_name="指标版本")),
                ("definition", models.CharField(max_length=300, verbose_name="口径")),
                ("parameters", models.CharField(blank=True, max_length=300, verbose_name="参数")),
                ("unit", models.CharField(blank=True, max_length=12, verbose_name="计量单位")),
                ("ids_digest", models.CharField(max_length=64, verbose_name="记录编号摘要")),
                (
                    "records",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="traces",
                        to="performance.recordset",
                        verbose_name="记录集",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="traces",
                        to="performance.reportversion",
                        verbose_name="报告版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据追溯",
                "verbose_name_plural": "数据追溯",
                "indexes": [models.Index(fields=["version", "fact"], name="trace_fact")],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "path", "part"), name="trace_once")
                ],
            },
        ),
    ]
