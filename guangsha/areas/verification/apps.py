"""The area "部门数据核验"."""

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "guangsha.areas.verification"
    label = "verification"
    verbose_name = "部门数据核验"
