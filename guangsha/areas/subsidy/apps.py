"""The area "租赁补贴"."""

from django.apps import AppConfig


class SubsidyConfig(AppConfig):
    name = "guangsha.areas.subsidy"
    label = "subsidy"
    verbose_name = "租赁补贴"

    def ready(self) -> None:
        """Put the jobs of the clock on the schedule."""
        from guangsha.areas.eligibility import reading
        from guangsha.areas.subsidy import jobs, review_jobs

        jobs.register()
        review_jobs.register()
        if review_jobs.months_paid not in reading.MONTHS_PAID:
            reading.MONTHS_PAID.append(review_jobs.months_paid)
