import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import guangsha.areas.rent.models


class Migration(migrations.Migration):
    dependencies = [
        ("rent", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="dunning",
            name="answer_by",
            field=models.DateField(null=True, verbose_name="缴清期限"),
        ),
        migrations.AddField(
            model_name="dunning",
            name="items",
            field=models.JSONField(default=list, verbose_name="欠缴明细"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="proof",
            field=models.CharField(
                default=guangsha.areas.rent.models.new_proof, max_length=8, verbose_name="查验码"
            ),
        ),
        migrations.CreateModel(
            name="DunningDelivery",
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
                        choices=[
                            ("handed", "直接送达"),
                            ("left", "留置送达"),
                            ("posted", "邮寄送达"),
                            ("failed", "未能送达"),
                        ],
                        max_length=8,
                        verbose_name="送达方式",
                    ),
                ),
                ("on", models.DateField(verbose_name="送达日期")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="送达地点")),
                ("received_by", models.CharField(blank=True, max_length=60, verbose_name="签收人")),
                ("witness", models.CharField(blank=True, max_length=60, verbose_name="见证人")),
                ("tracking", models.CharField(blank=True, max_length=40, verbose_name="邮件号")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "dunning",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="rent.dunning",
                        verbose_name="催缴",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="送达人",
                    ),
                ),
            ],
            options={
                "verbose_name": "催缴送达",
                "verbose_name_plural": "催缴送达",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("way", "handed"), models.Q(("received_by", ""), _negated=True)),
                            models.Q(("way", "left"), models.Q(("witness", ""), _negated=True)),
                            models.Q(("way", "posted"), models.Q(("tracking", ""), _negated=True)),
                            ("way", "failed"),
                            _connector="OR",
                        ),
                        name="dunningdelivery_proof",
                    )
                ],
            },
        ),
    ]
