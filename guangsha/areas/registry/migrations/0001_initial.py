import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guangsha.privacy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Household",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="档案号")),
                ("programme", models.CharField(blank=True, max_length=24, verbose_name="保障类别")),
                ("opened_on", models.DateField(verbose_name="建档日期")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="销档日期")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
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
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="社区",
                    ),
                ),
            ],
            options={
                "verbose_name": "家庭档案",
                "verbose_name_plural": "家庭档案",
                "indexes": [models.Index(fields=["community", "number"], name="household_community")],
            },
        ),
        migrations.CreateModel(
            name="Address",
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
                        choices=[("hukou", "户籍地址"), ("residence", "现住地址")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="地址")),
                ("building", models.CharField(blank=True, max_length=120, verbose_name="小区、楼栋")),
                ("room", models.CharField(blank=True, max_length=40, verbose_name="房号")),
                ("started_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
            ],
            options={
                "verbose_name": "地址",
                "verbose_name_plural": "地址",
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=120, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="文件摘要")),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("checked", "已校验"), ("done", "已导入"), ("dropped", "已放弃")],
                        default="checked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("usable", models.PositiveIntegerField(default=0, verbose_name="可用")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已导入")),
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
                "verbose_name": "批量导入",
                "verbose_name_plural": "批量导入",
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "digest"), name="import_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                (
                    "name_key",
                    models.CharField(blank=True, db_index=True, max_length=120, verbose_name="姓名拼音"),
                ),
                (
                    "identity_kind",
                    models.CharField(
                        choices=[
                            ("resident", "居民身份证"),
                            ("hk_mo_tw", "港澳台居民居住证"),
                            ("foreign_pr", "外国人永久居留身份证"),
                            ("passport", "护照"),
                        ],
                        default="resident",
                        max_length=12,
                        verbose_name="证件类型",
                    ),
                ),
                ("identity", guangsha.privacy.fields.SealedTextField(verbose_name="证件号码")),
                (
                    "identity_index",
                    guangsha.privacy.fields.BlindIndexField(db_index=True, kind="identity", of="identity"),
                ),
                ("birth_date", models.DateField(db_index=True, null=True, verbose_name="出生日期")),
                (
                    "sex",
                    models.CharField(
                        choices=[("1", "男"), ("2", "女"), ("0", "未知")],
                        default="0",
                        max_length=1,
                        verbose_name="性别",
                    ),
                ),
                (
                    "marital",
                    models.CharField(
                        choices=[
                            ("10", "未婚"),
                            ("20", "已婚"),
                            ("30", "丧偶"),
                            ("40", "离婚"),
                            ("90", "未说明"),
                        ],
                        default="90",
                        max_length=2,
                        verbose_name="婚姻状况",
                    ),
                ),
                ("phone", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="手机号")),
                (
                    "phone_index",
                    guangsha.privacy.fields.BlindIndexField(db_index=True, kind="phone", of="phone"),
                ),
                ("employer", models.CharField(blank=True, max_length=120, verbose_name="工作单位")),
                (
                    "bank_account",
                    guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="银行账号"),
                ),
                (
                    "bank_account_index",
                    guangsha.privacy.fields.BlindIndexField(
                        db_index=True, kind="bank_account", of="bank_account"
                    ),
                ),
                ("bank_name", models.CharField(blank=True, max_length=80, verbose_name="开户银行")),
                ("illness", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="病残情况")),
                ("died_on", models.DateField(blank=True, null=True, verbose_name="死亡日期")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建档时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="registry.person",
                        verbose_name="并入",
                    ),
                ),
            ],
            options={
                "verbose_name": "人员",
                "verbose_name_plural": "人员",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("merged_into", None), models.Q(("identity_index", ""), _negated=True)
                        ),
                        fields=("identity_kind", "identity_index"),
                        name="person_identity_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待复核"),
                            ("done", "已合并"),
                            ("refused", "未同意"),
                            ("split", "已拆回"),
                        ],
                        db_index=True,
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                ("moved", models.JSONField(default=dict, verbose_name="迁移明细")),
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
                        verbose_name="复核人",
                    ),
                ),
                (
                    "drop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="并入",
                    ),
                ),
                (
                    "keep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.person",
                        verbose_name="保留",
                    ),
                ),
            ],
            options={
                "verbose_name": "人员合并",
                "verbose_name_plural": "人员合并",
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("self", "本人"),
                            ("spouse", "配偶"),
                            ("child", "子女"),
                            ("parent", "父母"),
                            ("grandchild", "孙子女"),
                            ("grandparent", "祖父母"),
                            ("sibling", "兄弟姐妹"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="与申请人关系",
                    ),
                ),
                ("started_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="止")),
                ("end_reason", models.CharField(blank=True, max_length=60, verbose_name="减员原因")),
                ("counted", models.BooleanField(default=True, verbose_name="计入保障人口")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="registry.person",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "家庭成员",
                "verbose_name_plural": "家庭成员",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("counted", True), ("ended_on", None)),
                        fields=("person",),
                        name="membership_one_household",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("given", guangsha.privacy.fields.SealedJSONField(verbose_name="原始内容")),
                ("faults", models.JSONField(default=list, verbose_name="问题")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="registry.importbatch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="registry.person",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入行",
                "verbose_name_plural": "导入行",
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="import_row_once")],
            },
        ),
        migrations.AddField(
            model_name="household",
            name="head",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="headed",
                to="registry.person",
                verbose_name="户主（申请人）",
            ),
        ),
        migrations.CreateModel(
            name="Home",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("owned", "自有"),
                            ("public_rented", "承租公房"),
                            ("market_rented", "市场租赁"),
                            ("lent", "借住"),
                        ],
                        max_length=14,
                        verbose_name="性质",
                    ),
                ),
                ("address", models.CharField(max_length=200, verbose_name="坐落")),
                (
                    "area_m2",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="建筑面积（㎡）"),
                ),
                (
                    "share",
                    models.DecimalField(decimal_places=4, default=1, max_digits=5, verbose_name="份额"),
                ),
                ("rent_fen", models.BigIntegerField(blank=True, null=True, verbose_name="月租金（分）")),
                ("acquired_on", models.DateField(blank=True, null=True, verbose_name="取得日期")),
                ("disposed_on", models.DateField(blank=True, null=True, verbose_name="处置日期")),
                (
                    "disposed_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("sold", "转让"),
                            ("expropriated", "征收补偿"),
                            ("divorce", "离婚析产"),
                            ("gift", "赠与"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="处置方式",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="homes",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="registry.person",
                        verbose_name="权利人",
                    ),
                ),
            ],
            options={
                "verbose_name": "住房情况",
                "verbose_name_plural": "住房情况",
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(verbose_name="相似度（百分）")),
                ("reasons", models.JSONField(default=list, verbose_name="依据")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待核"), ("same", "确认同一人"), ("different", "确认不同人")],
                        db_index=True,
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="发现时间")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="认定人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="认定时间")),
                (
                    "left",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.person"
                    ),
                ),
                (
                    "right",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "疑似重复",
                "verbose_name_plural": "疑似重复",
                "constraints": [
                    models.UniqueConstraint(fields=("left", "right"), name="pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("left__lt", models.F("right"))), name="pair_ordered"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpecialStatus",
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
                            ("extreme_poverty", "分散供养特困"),
                            ("minimum_living", "低保"),
                            ("minimum_living_edge", "低保边缘"),
                            ("rigid_expenditure", "刚性支出困难"),
                            ("disability", "残疾"),
                            ("veteran", "优抚"),
                            ("bereaved_only_child", "失独"),
                            ("lone_elder", "孤老"),
                            ("serious_illness", "重病"),
                            ("talent", "高层次人才"),
                            ("graduate", "大学毕业生"),
                            ("public_post", "公益性岗位"),
                            ("dangerous_home", "D级危房户"),
                        ],
                        max_length=24,
                        verbose_name="类别",
                    ),
                ),
                ("grade", models.CharField(blank=True, max_length=20, verbose_name="等级")),
                ("source", models.CharField(max_length=60, verbose_name="来源")),
                ("evidence", models.CharField(blank=True, max_length=80, verbose_name="依据（证号、文号）")),
                ("started_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statuses",
                        to="registry.person",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "特殊身份",
                "verbose_name_plural": "特殊身份",
                "indexes": [models.Index(fields=["person", "kind"], name="status_person")],
            },
        ),
        migrations.CreateModel(
            name="Declaration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.CharField(max_length=7, verbose_name="所属期（年-月）")),
                ("income", guangsha.privacy.fields.SealedJSONField(verbose_name="收入")),
                ("assets", guangsha.privacy.fields.SealedJSONField(verbose_name="资产")),
                ("declared_on", models.DateField(verbose_name="申报日期")),
                ("source", models.CharField(default="本人申报", max_length=60, verbose_name="来源")),
                ("case_number", models.CharField(blank=True, max_length=32, verbose_name="来源办件")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="registry.household",
                        verbose_name="家庭",
                    ),
                ),
            ],
            options={
                "verbose_name": "收入资产申报",
                "verbose_name_plural": "收入资产申报",
                "indexes": [models.Index(fields=["household", "-period"], name="declaration_latest")],
            },
        ),
    ]
