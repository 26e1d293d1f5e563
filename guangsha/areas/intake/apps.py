"""The area "办事受理"."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "guangsha.areas.intake"
    label = "intake"
    verbose_name = "办事受理"

    def ready(self) -> None:
        """Listen for answers of other departments, and put the jobs of the clock on the schedule."""
        from guangsha.areas.intake import jobs
        from guangsha.areas.intake.actions.acceptance import on_outcome
        from guangsha.areas.intake.actions.drafts import hand_over_drafts
        from guangsha.areas.registry.names import tell_names
        from guangsha.areas.verification.gateway import LISTENERS
        from guangsha.areas.verification.proofing import RETIRED

        tell_names(_name_of)
        if hand_over_drafts not in RETIRED:
            RETIRED.append(hand_over_drafts)
        if on_outcome not in LISTENERS:
            LISTENERS.append(on_outcome)
        jobs.register()


def _name_of(code: str) -> str:
    """The name of a service; the code of one that the catalogue no longer has."""
    from guangsha.areas.intake.catalogue import services

    found = services().get(code)
    return found.name if found else code
