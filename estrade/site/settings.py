"""Settings, all from the environment; what each variable means is in docs/operate/configuration.md."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent


def _flag(name: str) -> bool:
    return os.environ.get(name, "") == "1"


VAR = Path(os.environ.get("ESTRADE_VAR", REPOSITORY / "var")).resolve()
DEMO = _flag("ESTRADE_DEMO")
DEBUG = _flag("ESTRADE_DEBUG")
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000").rstrip("/")
SECRET_KEY = os.environ.get("ESTRADE_SECRET_KEY", "")
INTERNAL_KEY = os.environ.get("INTERNAL_KEY", "")

ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1"]
IS_HTTPS = SITE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "estrade.base",
    "estrade.users",
    "estrade.ledger",
    "estrade.events",
    "estrade.charities",
    "estrade.tickets",
    "estrade.payments",
    "estrade.rooms",
    "estrade.site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # for the pages of django-allauth
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "estrade.site.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "estrade.site.middleware.same_origin",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "estrade.site.refusals.answer_refusals",
]
ROOT_URLCONF = "estrade.site.urls"
WSGI_APPLICATION = "estrade.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "estrade.site.context.instance",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """A Django database from postgresql://user:password@host:port/name, or with ?host=/folder for a Unix socket."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "")) or parts.hostname or "",
        "PORT": query.get("port", "") or str(parts.port or ""),
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "application_name": "estrade",
            "pool": {"min_size": 1, "max_size": int(os.environ.get("ESTRADE_DATABASE_POOL", "16")), "timeout": 10},
            # Statements asked often are planned once per connection: half of what an order costs the database (decision 0011).
            "server_side_binding": True,
            "prepare_threshold": 3,
            "options": "-c lock_timeout=4s -c idle_in_transaction_session_timeout=30s",
        },
    }


DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql://estrade@localhost/estrade"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Of these tables the application's role may read and append rows, and nothing else.
APPEND_ONLY_TABLES = ["ledger_entry"]

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "events:host"
LOGOUT_REDIRECT_URL = "events:directory"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_SIGNUP_FORM_CLASS = "estrade.users.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "estrade.users.adapter.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/10m/ip,5/10m/key", "login_failed": "20/10m/ip,10/10m/key", "signup": "20/10m/ip"}
MFA_ADAPTER = "estrade.users.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [REPOSITORY / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

_smtp = urlsplit(os.environ.get("SMTP_URL", "smtp://127.0.0.1:25"))
EMAIL_HOST, EMAIL_PORT = _smtp.hostname or "127.0.0.1", _smtp.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_smtp.username or ""), unquote(_smtp.password or "")
EMAIL_USE_TLS = _smtp.scheme == "smtp+starttls"
EMAIL_USE_SSL = _smtp.scheme == "smtps"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("ESTRADE_MAIL_FROM", "Estrade <tickets@localhost>")

LIVEKIT_URL = os.environ.get("LIVEKIT_URL", "http://127.0.0.1:8002")
LIVEKIT_API_KEY = os.environ.get("LIVEKIT_API_KEY", "estrade")
LIVEKIT_API_SECRET = os.environ.get("LIVEKIT_API_SECRET", "")
MESSAGES_URL = os.environ.get("MESSAGES_URL", "http://127.0.0.1:8005")
MESSAGES_TOKEN_SECRET = os.environ.get("MESSAGES_TOKEN_SECRET", "")
MESSAGES_API_KEY = os.environ.get("MESSAGES_API_KEY", "")

STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "https://api.stripe.com")
# What one payment can be, asked before somebody is sent to pay: a function from a currency to tickets.limits.Limits.
PROCESSOR_LIMITS = "estrade.payments.processors.stripe.limits"
# Where buyers are sent to pay; the simulator calls itself localhost, as people type it.
STRIPE_PAGES_ORIGIN = (
    "https://checkout.stripe.com" if "stripe.com" in STRIPE_API_BASE else STRIPE_API_BASE.replace("127.0.0.1", "localhost")
)
WEB_THREADS = int(os.environ.get("ESTRADE_WEB_THREADS", "16"))
LIMITS_FACTOR = int(os.environ.get("ESTRADE_LIMITS_FACTOR", "1"))

OPERATOR = {
    "name": os.environ.get("ESTRADE_OPERATOR", "") or urlsplit(SITE_URL).netloc,
    "imprint": os.environ.get("ESTRADE_IMPRINT", ""),
    "terms": os.environ.get("ESTRADE_TERMS", ""),
    "privacy": os.environ.get("ESTRADE_PRIVACY", ""),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"first_step_only": {"()": "estrade.site.logs.FirstStepOnly"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["first_step_only"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # it says what the visitor called us, whatever that is
    },
}
