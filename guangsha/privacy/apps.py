"""The room of sealed data."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "guangsha.privacy"
    label = "privacy"
    verbose_name = "个人信息保护"
