"""The room of agencies and people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "guangsha.people"
    label = "people"
    verbose_name = "机构与人员"
