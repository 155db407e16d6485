"""The one settings file. Everything that differs between machines comes from the environment."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from leadcrm import logs
from leadcrm.embedded import addresses
from leadcrm.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()

# --- This installation ---
DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("DEMO", default=False)
# The port on which the demo shows a website of somebody else with our forms; 0 for none.
DEMO_SITE_PORT = env.number("DEMO_SITE_PORT", 0)
DEMO_LEADS = env.number("DEMO_LEADS", 2_000, minimum=1)
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
BASE_URL = env.address("BASE_URL", "http://127.0.0.1:8000")
_FOLDER = "must be a folder that can be written to"
SECRET_KEY = env.text("SECRET_KEY") or env.read(
    "LEADCRM_VAR_DIR", lambda: addresses.local_secret_key(VAR_DIR), _FOLDER
)
# Earlier keys: what they sealed and signed still opens.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
# SECURITY: links in mails come from BASE_URL alone; a request for another host is refused.
# Loopback for the health checks of this machine.
ALLOWED_HOSTS = [
    *env.names("ALLOWED_HOSTS", str(urlsplit(BASE_URL).hostname)),
    *("127.0.0.1", "localhost", "[::1]"),
]
METRICS_TOKEN = env.text("METRICS_TOKEN")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# --- Database, queue ---
_DATABASE = "must name a PostgreSQL database (postgresql://…)"
_database_url = env.plain("DATABASE_URL") or addresses.embedded_database_url(VAR_DIR)
DATABASES = {
    "default": env.read("DATABASE_URL", lambda: dj_database_url.parse(_database_url), _DATABASE)
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise env.wrong("DATABASE_URL", _DATABASE)
DATABASES["default"].setdefault("OPTIONS", {}).update({"connect_timeout": 2})
if _socket_folder := DATABASES["default"]["OPTIONS"].pop("host", ""):
    DATABASES["default"]["HOST"] = _socket_folder
REDIS_URL = env.plain("REDIS_URL") or addresses.embedded_redis_url(VAR_DIR)
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise env.wrong("REDIS_URL", "must be an address such as redis://host:6379/0")
# The services that this installation runs itself, see leadcrm/embedded/.
EMBEDDED_SERVICES = [
    name
    for name, setting in {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}.items()
    if not env.plain(setting)
]
env.text("POSTGRES_BIN")  # read by leadcrm/embedded/postgres.py
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "ground.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "leadcrm",
    }
}

CELERY_BROKER_URL = addresses.broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A hundred tries are over in 47 minutes; the worker would end itself.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A Redis that has no more room must not end the workers.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
# Who publishes is told soon that Redis is away; by themselves the tries would never end.
_TRIES = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
_QUEUE = {"visibility_timeout": 300, "global_keyprefix": "leadcrm:"}
CELERY_BROKER_TRANSPORT_OPTIONS = _QUEUE | _TRIES
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# There are no results to wait for when a process dies; until then its place stays taken.
CELERY_WORKER_LOST_WAIT = 1
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "leadcrm.beat:TickScheduler"

# --- Applications ---
INSTALLED_APPS = [
    "leadcrm.apps.LeadcrmConfig",
    "reports",
    "handoff",
    "nurturing",
    "scoring",
    "capture",
    "leads",
    "accounts",
    "conditions",
    "ground",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "drf_spectacular",
    "rest_framework",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadcrm.demo.site.DemoSiteMiddleware",
    "capture.middleware.PublicGzipMiddleware",
    "csp.middleware.CSPMiddleware",
    "leadcrm.headers.HeadersMiddleware",
    "accounts.middleware.MemoMiddleware",
    "capture.middleware.PublicDoorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "capture.middleware.GuessingMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "leadcrm.fragments.FragmentMiddleware",
    "leadcrm.errors.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    *(["accounts.middleware.WriteGuardMiddleware"] if DEBUG else []),
]

ROOT_URLCONF = "leadcrm.urls"
WSGI_APPLICATION = "leadcrm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "leadcrm.context.shell",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "leadcrm.stamping.FilesystemLoader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "leadcrm.templatetags.ui",
                "leadcrm.templatetags.figures",
            ],
        },
    }
]

FORM_RENDERER = "ground.forms.Renderer"
FORMS_URLFIELD_ASSUME_HTTPS = True  # as Django 6 does by itself
CSRF_FAILURE_VIEW = "leadcrm.views.csrf_failed"

# --- Languages, times ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", "Europe/Berlin")

# --- Files ---
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_DIR", str(VAR_DIR / "static")))
# WhiteNoise warns of a folder that is missing.
env.read("LEADCRM_STATIC_DIR", lambda: STATIC_ROOT.mkdir(parents=True, exist_ok=True), _FOLDER)
_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (f"vendor/{name}", _MODULES / folder)
        for name, folder in {
            "htmx": "htmx.org/dist",
            "stimulus": "@hotwired/stimulus/dist",
            "tabler": "@tabler/core/dist",
            "tabler-icons": "@tabler/icons-webfont/dist",
            "chartjs": "chart.js/dist",
            "sortablejs": "sortablejs",
            "trix": "trix/dist",
            "altcha": "altcha/dist",
        }.items()
        if (_MODULES / folder).is_dir()
    ),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = VAR_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
SPOOL_DIR = VAR_DIR / "spool"

# --- Login and security ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 4 * 3600
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Counted in the database (accounts/limits.py): the library counts in the cache, which may be away.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_FORMS = {
    "login": "accounts.forms.login.LoginForm",
    "reauthenticate": "accounts.forms.login.ReauthenticateForm",
    "change_password": "accounts.forms.login.ChangePasswordForm",
    "reset_password": "accounts.forms.login.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.login.ResetPasswordKeyForm",
    "user_token": "accounts.forms.login.UserTokenForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are entered by administrators
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "LeadCRM"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.forms.login.AuthenticateForm",
    "reauthenticate": "accounts.forms.login.RepeatedAuthenticateForm",
    "activate_totp": "accounts.forms.login.ActivateTotpForm",
}

_HTTPS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=_HTTPS)
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000 if _HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^metrics$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
# With the prefix a browser takes the cookie from this very host over HTTPS only.
_COOKIE_PREFIX = "__Host-leadcrm" if _HTTPS else "leadcrm"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]
LANGUAGE_COOKIE_NAME = f"{_COOKIE_PREFIX}_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "report-uri": "/csp/",
    }
}

# --- Mail ---
EMAIL_HOST = env.text("SMTP_HOST", "127.0.0.1")
EMAIL_PORT = env.number("SMTP_PORT", 1025, minimum=1, maximum=65_535)
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", default=False)
EMAIL_USE_SSL = env.flag("SMTP_TLS", default=False)
# How long the mail server may take for one answer; a claim on a mail lasts four times as long.
EMAIL_TIMEOUT = env.number("SMTP_TIMEOUT", 30, minimum=1, maximum=30)
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise env.wrong("LEADCRM_SMTP_STARTTLS", "and LEADCRM_SMTP_TLS exclude one another")
DEFAULT_FROM_EMAIL = env.mailbox("FROM_EMAIL", "LeadCRM <leadcrm@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Suppressed addresses are kept as a keyed hash: whoever changes this key forgets them all.
SUPPRESSION_KEY = env.text("SUPPRESSION_KEY") or SECRET_KEY
MARKETING_MAILS_PER_DAY = env.number("MARKETING_MAILS_PER_DAY", 1, minimum=1)
# How fast mails of sequences go out: in all, and to the mailboxes of one domain.
MAILS_PER_MINUTE = env.number("MAILS_PER_MINUTE", 600, minimum=1)
MAILS_PER_MINUTE_AND_DOMAIN = env.number("MAILS_PER_MINUTE_AND_DOMAIN", 300, minimum=1)
# A Maildir into which the mail server puts a copy of everything it accepts ("always_bcc").
MAIL_COPY_DIR = env.text("MAIL_COPY_DIR")
# How many seconds such a copy may be on its way.
MAIL_COPY_DELAY = env.number("MAIL_COPY_DELAY", 600, minimum=1)

# --- Other servers ---
# Servers that may be asked although they stand in a network of our own: their addresses.
ALLOWED_SERVERS = env.names("ALLOWED_SERVERS")

# --- API ---
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", 600, minimum=1)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.TokenThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ground.api.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "leadcrm.errors.api_exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LeadCRM",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "Channel": "leads.stages.Channel",
        "Stage": "leads.stages.Stage",
        "EntryStage": ["subscriber", "lead"],
        "AcquisitionType": "leads.stages.AcquisitionType",
        "OtherReason": "leads.stages.OtherReason",
        "ConsentChannel": "leads.models.ConsentChannel",
        "RejectReason": "handoff.models.RejectReason",
        "LostReason": "handoff.models.LostReason",
        "DealStage": "handoff.models.DealStage",
        "HandoffState": "handoff.models.HandoffState",
        "BacktestState": "scoring.models.BacktestState",
        "SubmissionState": "capture.models.SubmissionState",
    },
}

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = logs.CONFIG

env.refuse_unknown()
