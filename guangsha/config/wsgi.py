"""The server entry."""

from __future__ import annotations

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
application = get_wsgi_application()
# every room's pages are loaded before the first visitor comes, who would wait seconds for them
import_module(settings.ROOT_URLCONF)
