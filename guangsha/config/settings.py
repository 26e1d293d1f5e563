"""Django settings. A deployment differs by its environment only; see docs/operations/settings.md for the table."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from guangsha.config import databases, env

PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = env.flag("GUANGSHA_DEBUG")
#: Where the embedded database, the keys and sealed files live.
GUANGSHA_DATA = env.folder("GUANGSHA_DATA", Path("data"))
SECRET_KEY = env.text("GUANGSHA_SECRET_KEY") or env.kept_secret(GUANGSHA_DATA / "secret_key")
#: The key ring that seals personal data, and the suite of new keys: ``sm`` (SM4, SM3) or ``intl`` (AES-256, SHA-256).
GUANGSHA_KEYS = env.folder("GUANGSHA_KEYS", GUANGSHA_DATA / "keys.json")
GUANGSHA_SUITE = env.choice("GUANGSHA_SUITE", "sm", ("sm", "intl"))
#: The class that computes with the keys (a device's driver); empty: in software (docs/adr/0009).
GUANGSHA_CRYPTO = env.text("GUANGSHA_CRYPTO")
#: How files go to the bank that pays subsidies (areas/subsidy/bank_exchange.py).
GUANGSHA_BANK = env.folder("GUANGSHA_BANK", GUANGSHA_DATA / "bank")
GUANGSHA_BANK_LAYOUT = env.text("GUANGSHA_BANK_LAYOUT", "delimited")
GUANGSHA_BANK_EXCHANGE = env.choice("GUANGSHA_BANK_EXCHANGE", "sealed", ("sealed", "plain"))
GUANGSHA_BANK_SIGNER = env.text("GUANGSHA_BANK_SIGNER")
# the class of the channel by which rent is paid to the treasury; empty: notifications signed with nontax.pem
GUANGSHA_RENT_CHANNEL = env.text("GUANGSHA_RENT_CHANNEL")
#: How many plain values one account may look at within an hour.
GUANGSHA_REVEALS_PER_HOUR = env.whole("GUANGSHA_REVEALS_PER_HOUR", 60)
#: How many requests one API key may make within a minute (counted in each server process).
GUANGSHA_API_PER_MINUTE = env.whole("GUANGSHA_API_PER_MINUTE", 600)
ALLOWED_HOSTS = env.words("GUANGSHA_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("GUANGSHA_ORIGINS", "")

#: Evaluated packages to show (``guangsha demo`` fills it), and where uploads live while they are worked on.
GUANGSHA_PACKAGES = env.folder("GUANGSHA_PACKAGES", Path("out"))
GUANGSHA_UPLOADS = env.folder("GUANGSHA_UPLOADS", Path("out") / ".uploads")

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_otp",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "guangsha.privacy",
    "guangsha.audit",
    "guangsha.people",
    "guangsha.notify",
    "guangsha.ledger",
    "guangsha.web",
    "guangsha.areas.registry",
    "guangsha.areas.verification",
    "guangsha.areas.intake",
    "guangsha.areas.subsidy",
    "guangsha.areas.stock",
    "guangsha.areas.allocation",
    "guangsha.areas.tenancy",
    "guangsha.areas.rent",
    "guangsha.areas.fieldwork",
    "guangsha.areas.performance",
    "guangsha.areas.portal",
    "guangsha.areas.office",
    "guangsha.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "guangsha.web.content_policy.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "guangsha.web.readable.ReadableRequests",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "guangsha.web.sign_in.sessions.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
#: The data exchange: the adapter that asks, and where the one that comes with the house asks (empty: nobody).
GUANGSHA_EXCHANGE_ADAPTER = env.text(
    "GUANGSHA_EXCHANGE_ADAPTER", "guangsha.areas.verification.adapters.http.HttpExchange"
)
GUANGSHA_EXCHANGE = env.text("GUANGSHA_EXCHANGE")
GUANGSHA_EXCHANGE_TOKEN = env.text("GUANGSHA_EXCHANGE_TOKEN")
GUANGSHA_EXCHANGE_SECONDS = env.whole("GUANGSHA_EXCHANGE_SECONDS", 5)

#: Who sends text messages (people/senders.py).
GUANGSHA_SMS = env.text("GUANGSHA_SMS", "guangsha.people.senders.FileSender")
#: The service of electronic signatures for contracts; without one they are signed on paper.
GUANGSHA_SIGNING = env.text("GUANGSHA_SIGNING", "guangsha.areas.tenancy.signing.PaperOnly")

#: The name in the header of every page.
GUANGSHA_SITE_NAME = env.text("GUANGSHA_SITE_NAME", "住房保障服务中心")
#: What the footer of a government site must name (operations.md §6.6); what is empty is not shown.
GUANGSHA_FOOTER = {
    "operator": env.text("GUANGSHA_OPERATOR", GUANGSHA_SITE_NAME),
    "contact": env.text("GUANGSHA_CONTACT"),
    "address": env.text("GUANGSHA_ADDRESS"),
    "site_code": env.text("GUANGSHA_SITE_CODE"),
    "icp": env.text("GUANGSHA_ICP"),
    "police": env.text("GUANGSHA_POLICE_RECORD"),
    "report_errors": env.text("GUANGSHA_REPORT_ERRORS"),
}

ROOT_URLCONF = "guangsha.config.urls"
WSGI_APPLICATION = "guangsha.config.wsgi.application"
TEMPLATES = [
    {  # the platform's pages: templates in `jinja2/` folders (docs/adr/0007)
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "guangsha.web.jinja.environment",
            "context_processors": ["guangsha.web.jinja.frame"],
        },
    },
    {  # Django's own pages (admin)
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
DATABASES = {
    "default": databases.from_url(
        env.text("DATABASE_URL"), GUANGSHA_DATA, pooler=env.flag("GUANGSHA_DATABASE_POOLER")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Account"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

#: Who needs a second factor, and the class that reads a client's certificate.
GUANGSHA_SECOND_FACTOR = env.choice("GUANGSHA_SECOND_FACTOR", "deciding", ("deciding", "all", "none"))
GUANGSHA_CERTIFICATES = env.text("GUANGSHA_CERTIFICATES")
#: The city's single sign-on (OpenID Connect); off unless a client is named.
GUANGSHA_OIDC = bool(env.text("GUANGSHA_OIDC_CLIENT"))
AUTHENTICATION_BACKENDS = ["guangsha.people.backend.AccountBackend"]
if GUANGSHA_OIDC:
    AUTHENTICATION_BACKENDS.append("guangsha.web.sign_in.single.CityBackend")
OIDC_RP_CLIENT_ID = env.text("GUANGSHA_OIDC_CLIENT")
OIDC_RP_CLIENT_SECRET = env.text("GUANGSHA_OIDC_SECRET")
OIDC_RP_SIGN_ALGO = "RS256"
#: The claims that hold a citizen's verified name and identity number; without the second it vouches for nobody.
GUANGSHA_OIDC_NAME = env.text("GUANGSHA_OIDC_NAME", "name")
GUANGSHA_OIDC_IDENTITY = env.text("GUANGSHA_OIDC_IDENTITY")
OIDC_RP_SCOPES = env.text("GUANGSHA_OIDC_SCOPES", "openid")
OIDC_OP_AUTHORIZATION_ENDPOINT = env.text("GUANGSHA_OIDC_AUTHORIZE")
OIDC_OP_TOKEN_ENDPOINT = env.text("GUANGSHA_OIDC_TOKEN")
OIDC_OP_USER_ENDPOINT = env.text("GUANGSHA_OIDC_USER")
OIDC_OP_JWKS_ENDPOINT = env.text("GUANGSHA_OIDC_KEYS")
#: The issuer that a token must name; empty: any that the key of the provider signs.
GUANGSHA_OIDC_ISSUER = env.text("GUANGSHA_OIDC_ISSUER")
OIDC_TIMEOUT = 10  # seconds: a provider that is down holds nobody at the door
OIDC_AUTHENTICATION_CALLBACK_URL = "office-sign-in-city-back"
OIDC_CREATE_USER = False
OIDC_USE_PKCE = True
LOGIN_URL = "office-sign-in"
LOGIN_REDIRECT_URL = "/office/"
LOGIN_REDIRECT_URL_FAILURE = "/office/sign-in/"
#: How many proxies stand before the site: the client's address is that many steps from the end of X-Forwarded-For.
GUANGSHA_PROXIES = env.whole("GUANGSHA_PROXIES", 0)

STATIC_URL = "static/"
UNFOLD = {
    "SITE_TITLE": "系统配置",
    "SITE_HEADER": GUANGSHA_SITE_NAME,
    "SITE_URL": "/office/",
    "SHOW_HISTORY": False,
    "SCRIPTS": [f"/{STATIC_URL}web/admin.js"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": f"/{STATIC_URL}web/mark.svg"},
    ],
    "COLORS": {
        "primary": {  # the blue of the other pages (web/static/web/frame.css)
            "50": "#edf3fb", "100": "#d9e6f6", "200": "#b9d1ee", "300": "#8fb4e0", "400": "#5a8fce", "500": "#2c6fc0",
            "600": "#1558a8", "700": "#114a8f", "800": "#0d3f7d", "900": "#0b3365", "950": "#072246",
        },
    },
}  # fmt: skip

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Whitenoise serves the files from the package; a folder is only needed where a front server does.
STATIC_ROOT = env.text("GUANGSHA_STATIC") or None
WHITENOISE_USE_FINDERS = True

# Uploads stream to disk; how large one may be is decided while it arrives (web/uploads.py).
FILE_UPLOAD_HANDLERS = ["guangsha.web.uploads.BoundedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 50  # the pages say how many they take; this only bounds the parser

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # pictures are shown before they are sent (pages.js)
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "guangsha.web.sign_in.store"
SESSION_COOKIE_AGE = 12 * 3600  # and thirty minutes without a page: web/sign_in/sessions.py
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.flag("GUANGSHA_HTTPS")
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
