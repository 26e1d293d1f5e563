import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guangsha.privacy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="PhoneCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("phone_index", models.CharField(db_index=True, max_length=64, verbose_name="手机号索引")),
                ("digest", models.CharField(max_length=64, verbose_name="验证码摘要")),
                ("sent_at", models.DateTimeField(db_index=True, verbose_name="发送时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
            ],
            options={
                "verbose_name": "短信验证码",
                "verbose_name_plural": "短信验证码",
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
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("username", models.CharField(max_length=60, unique=True, verbose_name="登录名")),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "工作人员"), ("citizen", "群众"), ("enterprise", "企业")],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="姓名")),
                ("phone", guangsha.privacy.fields.SealedTextField(blank=True, verbose_name="手机号")),
                (
                    "phone_index",
                    guangsha.privacy.fields.BlindIndexField(db_index=True, kind="phone", of="phone"),
                ),
                ("person_id", models.BigIntegerField(null=True, unique=True, verbose_name="对应人员")),
                (
                    "single_sign_on",
                    models.CharField(blank=True, db_index=True, max_length=120, verbose_name="统一身份标识"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                ("password_changed_at", models.DateTimeField(null=True, verbose_name="密码更改时间")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="下次登录须改密码")),
                ("elder_mode", models.BooleanField(default=False, verbose_name="长者版")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "citizen"), models.Q(("phone_index", ""), _negated=True)),
                        fields=("phone_index",),
                        name="account_citizen_phone",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("single_sign_on", ""), _negated=True),
                        fields=("single_sign_on",),
                        name="account_single_sign_on",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agency",
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
                            ("city", "市级机构"),
                            ("district", "区县机构"),
                            ("street", "街道（镇）"),
                            ("community", "社区（村）"),
                            ("bureau", "主管部门"),
                        ],
                        max_length=12,
                        verbose_name="层级",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("region_code", models.CharField(max_length=12, verbose_name="行政区划代码")),
                (
                    "path",
                    models.CharField(db_index=True, editable=False, max_length=120, verbose_name="路径"),
                ),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="people.agency",
                        verbose_name="上级机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构",
                "verbose_name_plural": "机构",
                "constraints": [
                    models.UniqueConstraint(fields=("parent", "name"), name="agency_name_in_parent")
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="用途")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="密钥摘要")),
                ("scopes", models.JSONField(default=list, verbose_name="权限范围")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="失效时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="people.agency", verbose_name="机构"
                    ),
                ),
            ],
            options={
                "verbose_name": "接口密钥",
                "verbose_name_plural": "接口密钥",
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("community_helper", "社区代办员"),
                            ("street_clerk", "街道受理员"),
                            ("civil_checker", "民政核对员"),
                            ("district_reviewer", "区级初审"),
                            ("district_approver", "区级审批"),
                            ("city_approver", "市级审批"),
                            ("publicity_editor", "公示管理员"),
                            ("allocation_officer", "配租管理员"),
                            ("notary_observer", "公证监督员"),
                            ("rent_clerk", "租金管理员"),
                            ("accountant", "会计"),
                            ("fund_officer", "维修资金管理员"),
                            ("field_inspector", "巡查员"),
                            ("hotline_agent", "热线坐席"),
                            ("legal_officer", "法制审核"),
                            ("archivist", "档案管理员"),
                            ("supervisor", "单位负责人"),
                            ("auditor", "审计员"),
                            ("system_admin", "系统管理员"),
                            ("security_admin", "安全管理员"),
                            ("audit_admin", "审计管理员"),
                            ("enterprise_user", "企业用户"),
                            ("property_user", "物业企业用户"),
                        ],
                        max_length=24,
                        verbose_name="角色",
                    ),
                ),
                ("started_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="people.agency",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
                "verbose_name_plural": "任职",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("account", "agency", "role"),
                        name="appointment_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("community_helper", "社区代办员"),
                            ("street_clerk", "街道受理员"),
                            ("civil_checker", "民政核对员"),
                            ("district_reviewer", "区级初审"),
                            ("district_approver", "区级审批"),
                            ("city_approver", "市级审批"),
                            ("publicity_editor", "公示管理员"),
                            ("allocation_officer", "配租管理员"),
                            ("notary_observer", "公证监督员"),
                            ("rent_clerk", "租金管理员"),
                            ("accountant", "会计"),
                            ("fund_officer", "维修资金管理员"),
                            ("field_inspector", "巡查员"),
                            ("hotline_agent", "热线坐席"),
                            ("legal_officer", "法制审核"),
                            ("archivist", "档案管理员"),
                            ("supervisor", "单位负责人"),
                            ("auditor", "审计员"),
                            ("system_admin", "系统管理员"),
                            ("security_admin", "安全管理员"),
                            ("audit_admin", "审计管理员"),
                            ("enterprise_user", "企业用户"),
                            ("property_user", "物业企业用户"),
                        ],
                        max_length=24,
                        verbose_name="角色",
                    ),
                ),
                ("started_on", models.DateField(verbose_name="起")),
                ("ended_on", models.DateField(verbose_name="止")),
                ("reason", models.CharField(max_length=200, verbose_name="事由")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="people.agency", verbose_name="机构"
                    ),
                ),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deputised",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="受托人",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegated",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="委托人",
                    ),
                ),
            ],
            options={
                "verbose_name": "委托",
                "verbose_name_plural": "委托",
            },
        ),
        migrations.CreateModel(
            name="Kinship",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "identity_index",
                    models.CharField(db_index=True, max_length=64, verbose_name="亲属证件索引"),
                ),
                ("relation", models.CharField(max_length=20, verbose_name="关系")),
                ("declared_at", models.DateTimeField(auto_now_add=True, verbose_name="申报时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kin",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="工作人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "回避申报",
                "verbose_name_plural": "回避申报",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "identity_index"), name="kinship_once")
                ],
            },
        ),
    ]
