"""The area "租赁补贴"."""

from django.apps import AppConfig


class SubsidyConfig(AppConfig):
    name = "guangsha.areas.subsidy"
    label = "subsidy"
    verbose_name = "租赁补贴"
