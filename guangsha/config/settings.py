"""Django settings. A deployment differs by its environment only; see docs/operations/settings.md for the table."""

from __future__ import annotations

import secrets
from pathlib import Path

from csp.constants import NONE, SELF

from guangsha.config import env

PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = env.flag("GUANGSHA_DEBUG")
# Nothing is signed for longer than a visit yet, so a key made at start is enough when none is given.
SECRET_KEY = env.text("GUANGSHA_SECRET_KEY") or secrets.token_urlsafe(48)
ALLOWED_HOSTS = env.words("GUANGSHA_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("GUANGSHA_ORIGINS", "")

#: Evaluated packages to show (``guangsha demo`` fills it), and where uploads live while they are worked on.
GUANGSHA_PACKAGES = env.folder("GUANGSHA_PACKAGES", Path("out"))
GUANGSHA_UPLOADS = env.folder("GUANGSHA_UPLOADS", Path("out") / ".uploads")

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "guangsha.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "guangsha.config.urls"
WSGI_APPLICATION = "guangsha.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES: dict[str, dict[str, str]] = {}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
# Whitenoise serves the files from the package; a folder is only needed where a front server does.
STATIC_ROOT = env.text("GUANGSHA_STATIC") or None
WHITENOISE_USE_FINDERS = True

# Uploads stream to disk; how large one may be is decided while it arrives (web/uploads.py).
FILE_UPLOAD_HANDLERS = ["guangsha.web.uploads.BoundedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
DATA_UPLOAD_MAX_NUMBER_FILES = 50  # the pages say how many they take; this only bounds the parser

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = env.flag("GUANGSHA_HTTPS")
CSRF_FAILURE_VIEW = "guangsha.web.views.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING"},
        "guangsha": {"handlers": ["stderr"], "level": "INFO"},
    },
}
