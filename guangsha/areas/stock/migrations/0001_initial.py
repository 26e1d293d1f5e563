import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0007_renewed_keys"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Building",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=12, verbose_name="楼栋号")),
                ("house_code", models.CharField(blank=True, max_length=23, verbose_name="房屋代码")),
                (
                    "structure",
                    models.CharField(
                        choices=[
                            ("steel", "钢结构"),
                            ("reinforced", "钢筋混凝土"),
                            ("mixed", "砖混"),
                            ("brick_wood", "砖木"),
                            ("other", "其他"),
                        ],
                        default="reinforced",
                        max_length=12,
                        verbose_name="结构",
                    ),
                ),
                ("completed_year", models.PositiveSmallIntegerField(null=True, verbose_name="建成年份")),
                ("floors", models.PositiveSmallIntegerField(verbose_name="地上层数")),
                ("floors_below", models.PositiveSmallIntegerField(default=0, verbose_name="地下层数")),
                ("lifts", models.PositiveSmallIntegerField(default=0, verbose_name="电梯数")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
            ],
            options={
                "verbose_name": "楼栋",
                "verbose_name_plural": "楼栋",
            },
        ),
        migrations.CreateModel(
            name="Entrance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=8, verbose_name="单元号")),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entrances",
                        to="stock.building",
                        verbose_name="楼栋",
                    ),
                ),
            ],
            options={
                "verbose_name": "单元",
                "verbose_name_plural": "单元",
                "constraints": [
                    models.UniqueConstraint(fields=("building", "number"), name="entrance_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="Estate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24, unique=True, verbose_name="小区代码")),
                ("name", models.CharField(max_length=80, verbose_name="小区名称")),
                ("address", models.CharField(max_length=200, verbose_name="坐落")),
                ("property_firm", models.CharField(blank=True, max_length=120, verbose_name="物业服务企业")),
                (
                    "longitude",
                    models.DecimalField(
                        decimal_places=6, max_digits=9, null=True, verbose_name="经度（CGCS2000）"
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(
                        decimal_places=6, max_digits=9, null=True, verbose_name="纬度（CGCS2000）"
                    ),
                ),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.agency",
                        verbose_name="所在社区",
                    ),
                ),
            ],
            options={
                "verbose_name": "小区",
                "verbose_name_plural": "小区",
                "constraints": [models.UniqueConstraint(fields=("agency", "name"), name="estate_name")],
            },
        ),
        migrations.CreateModel(
            name="Dwelling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="房屋编号")),
                ("number", models.CharField(max_length=24, verbose_name="房号")),
                ("floor", models.SmallIntegerField(verbose_name="楼层")),
                ("door", models.PositiveSmallIntegerField(default=1, verbose_name="同层序号")),
                (
                    "house_code",
                    models.CharField(blank=True, max_length=23, verbose_name="房屋代码（JGJ/T 246）"),
                ),
                ("property_code", models.CharField(blank=True, max_length=28, verbose_name="不动产单元代码")),
                (
                    "area_m2",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="建筑面积（㎡）"),
                ),
                (
                    "inner_area_m2",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, null=True, verbose_name="套内面积（㎡）"
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
                ("rooms", models.PositiveSmallIntegerField(default=1, verbose_name="居室数")),
                ("facing", models.CharField(blank=True, max_length=8, verbose_name="朝向")),
                ("accessible", models.BooleanField(default=False, verbose_name="无障碍")),
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
                        default="built",
                        max_length=16,
                        verbose_name="资金来源",
                    ),
                ),
                (
                    "title_state",
                    models.CharField(
                        choices=[("registered", "已办证"), ("applying", "办理中"), ("none", "未办证")],
                        default="none",
                        max_length=12,
                        verbose_name="产权状态",
                    ),
                ),
                ("title_number", models.CharField(blank=True, max_length=60, verbose_name="产权证号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "筹备中"),
                            ("vacant", "空置可配"),
                            ("planned", "已列入配租方案"),
                            ("chosen", "已选定待签约"),
                            ("let", "在租"),
                            ("checking", "退租待验"),
                            ("repairing", "维修中"),
                            ("withdrawn", "停用"),
                            ("disposed", "已处置"),
                        ],
                        default="preparing",
                        max_length=10,
                        verbose_name="房态",
                    ),
                ),
                ("since", models.DateField(verbose_name="现房态起始日")),
                ("keys", models.PositiveSmallIntegerField(default=0, verbose_name="在库钥匙数")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dwellings",
                        to="stock.building",
                        verbose_name="楼栋",
                    ),
                ),
                (
                    "entrance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dwellings",
                        to="stock.entrance",
                        verbose_name="单元",
                    ),
                ),
                (
                    "estate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dwellings",
                        to="stock.estate",
                        verbose_name="小区",
                    ),
                ),
            ],
            options={
                "verbose_name": "房屋",
                "verbose_name_plural": "房屋",
                "indexes": [
                    models.Index(fields=["estate", "state", "layout"], name="dwelling_queue"),
                    models.Index(fields=["building", "entrance", "floor", "door"], name="dwelling_chart"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("estate", "number"), name="dwelling_number"),
                    models.CheckConstraint(condition=models.Q(("area_m2__gt", 0)), name="dwelling_area"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("inner_area_m2", None),
                            ("inner_area_m2__lte", models.F("area_m2")),
                            _connector="OR",
                        ),
                        name="dwelling_inner_area",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="building",
            name="estate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="buildings",
                to="stock.estate",
                verbose_name="小区",
            ),
        ),
        migrations.CreateModel(
            name="MeterReading",
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
                ("on", models.DateField(verbose_name="抄表日期")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="读数")),
                ("source_type", models.CharField(blank=True, max_length=32, verbose_name="来源类别")),
                ("source_id", models.CharField(blank=True, max_length=40, verbose_name="来源编号")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
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
                        verbose_name="抄表人",
                    ),
                ),
            ],
            options={
                "verbose_name": "抄表记录",
                "verbose_name_plural": "抄表记录",
                "indexes": [models.Index(fields=["dwelling", "kind", "on"], name="meter_reading_order")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="meter_reading_value")
                ],
            },
        ),
        migrations.CreateModel(
            name="DwellingEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("preparing", "筹备中"),
                            ("vacant", "空置可配"),
                            ("planned", "已列入配租方案"),
                            ("chosen", "已选定待签约"),
                            ("let", "在租"),
                            ("checking", "退租待验"),
                            ("repairing", "维修中"),
                            ("withdrawn", "停用"),
                            ("disposed", "已处置"),
                        ],
                        max_length=10,
                        verbose_name="原房态",
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("preparing", "筹备中"),
                            ("vacant", "空置可配"),
                            ("planned", "已列入配租方案"),
                            ("chosen", "已选定待签约"),
                            ("let", "在租"),
                            ("checking", "退租待验"),
                            ("repairing", "维修中"),
                            ("withdrawn", "停用"),
                            ("disposed", "已处置"),
                        ],
                        max_length=10,
                        verbose_name="现房态",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("source_type", models.CharField(blank=True, max_length=32, verbose_name="来源类别")),
                ("source_id", models.CharField(blank=True, max_length=40, verbose_name="来源编号")),
                ("made_at", models.DateTimeField(verbose_name="时间")),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
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
                "verbose_name": "房态变化",
                "verbose_name_plural": "房态变化",
                "indexes": [models.Index(fields=["source_type", "source_id"], name="dwelling_event_source")],
                "constraints": [
                    models.UniqueConstraint(fields=("dwelling", "number"), name="dwelling_event_order")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="building",
            constraint=models.UniqueConstraint(fields=("estate", "number"), name="building_number"),
        ),
    ]
