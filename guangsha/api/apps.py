"""The room of the machine's face."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "guangsha.api"
    label = "api"
    verbose_name = "接口"
