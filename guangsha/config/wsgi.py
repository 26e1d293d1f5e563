"""The server entry."""

from __future__ import annotations

import gc
import os
from importlib import import_module

import django
from django.conf import settings

from guangsha.web.readable import Utf8Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
django.setup(set_prefix=False)
application = Utf8Handler()
# every room's pages are loaded before the first visitor comes, who would wait seconds for them, and the sounds of names
# (registry/rules.py), which commands read only where somebody is named
import_module(settings.ROOT_URLCONF)
import_module("pypinyin")
# what was loaded stays: looking through all of it for garbage would hold everybody up for a quarter of a second now and then
gc.collect()
gc.freeze()
