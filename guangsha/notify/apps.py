"""The room of messages and jobs."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "guangsha.notify"
    label = "notify"
    verbose_name = "消息与定时任务"

    def ready(self) -> None:
        """Put the jobs of the rooms below on the schedule."""
        from guangsha.notify import jobs

        jobs.register()
