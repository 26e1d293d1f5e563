"""The portal: pages for citizens. It has no tables of its own."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "guangsha.areas.portal"
    label = "portal"
    verbose_name = "群众办事"

    def ready(self) -> None:
        from guangsha.areas.portal.actions import take_city_word
        from guangsha.notify.actions import asks_unread
        from guangsha.web import navigation
        from guangsha.web.sign_in.single import PROVERS

        if take_city_word not in PROVERS:
            PROVERS.append(take_city_word)
        navigation.counts("messages")(lambda actor: asks_unread(actor.account_id))
