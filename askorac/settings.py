"""Django settings. Everything that differs between installations comes from the environment."""

import gc
import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from askorac.environment import BASE_DIR, DATA_DIR, read
from askorac.net.addresses import networks_of
from askorac.storage.addresses import storage_at
from askorac.tenancy.pools import POOL_OPTIONS

# What is loaded from here on stays. It is not looked through for garbage before the last of the
# apps is ready: that took a quarter of each start.
gc.disable()

DEVELOPMENT = read("DEVELOPMENT") == "1"
DEBUG = False

SECRET_KEY = read("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make run`, or set it to a long random value."
    )

# Former ones, which only open: what was sealed or signed with them, such as second factors.
SECRET_KEY_FALLBACKS = [key for key in read("SECRET_KEY_FALLBACKS").split(",") if key]

PUBLIC_URL = read("PUBLIC_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = [host for host in read("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",") if host]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
try:
    TRUSTED_PROXIES = networks_of(read("TRUSTED_PROXIES"))
except ValueError as error:
    raise ImproperlyConfigured(
        f"TRUSTED_PROXIES names networks, like 10.0.0.0/8: {error}"
    ) from None

INSTALLED_APPS = [
    "askorac.tenancy",
    "askorac.jobs",
    "askorac.web",
    "askorac.signing",
    "projects",
    "keys",
    "knowledge",
    "conversations",
    "askorac.leaving",
    "askorac.evidence",
    "askorac.recovery",
    "askorac.staff.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    *(["askorac.local"] if DEVELOPMENT else []),
    "askorac.health",  # the last, which collects garbage again
]

MIDDLEWARE = [
    "askorac.web.requests.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "askorac.web.middleware.ContentSecurityPolicy",
    "askorac.web.middleware.NoNulls",
    "askorac.web.middleware.LimitsAway",
    "askorac.web.closed.ClosedContent",
    "askorac.web.middleware.CompressStatic",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "askorac.web.middleware.PrivatePages",
    "askorac.web.middleware.KnowOrigin",
    "askorac.web.middleware.KnownHosts",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "projects.signing_in.user_sessions.LastSeen",
]

ROOT_URLCONF = "askorac.urls"
ASGI_APPLICATION = "askorac.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# Fields too are drawn by templates of ours, where there is one.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def database(url: str, *, pool: dict[str, int] | None = None) -> dict[str, object]:
    """Django's settings for a `postgresql://role:password@host:port/name?option=value` address."""
    parts = urlsplit(url)
    options: dict[str, object] = {**dict(parse_qsl(parts.query)), "server_side_binding": True}
    host = options.pop("host", None) or unquote(parts.hostname or "")  # as libpq reads it
    if pool:
        options["pool"] = {**pool, **POOL_OPTIONS}
    return {
        "ENGINE": "askorac.tenancy.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or 5432),
        "OPTIONS": options,
    }


# The sizes of all pools are added up in docs/architecture.md.
DATABASES = {
    "default": database(read("DATABASE_URL"), pool={"min_size": 1, "max_size": 12}),
    "accounts": database(read("DATABASE_ACCOUNTS_URL"), pool={"min_size": 1, "max_size": 6}),
}
if staff_url := read("DATABASE_STAFF_URL"):
    DATABASES["staff"] = database(staff_url)
if os.environ.get("ASKORAC_AS_OWNER") == "1":
    DATABASES["owner"] = database(read("DATABASE_OWNER_URL"))
DATABASE_ROUTERS = ["askorac.tenancy.router.RoleRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TURN_POOL_SIZE = 8

REDIS_URL = read("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "orac:cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CELERY_BROKER_URL = REDIS_URL

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = ["projects.demo_login.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/app/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "projects.signing_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "projects.signing_in.forms.SignupForm",
    "reset_password": "projects.signing_in.forms.ResetForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Guesses are counted by signing_in.attempts and mails by signing_in.mails, which can't be used to
# shut out whom they are meant for.
ACCOUNT_RATE_LIMITS = dict.fromkeys(
    ("login", "login_failed", "reset_password", "confirm_email", "signup")
)
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address is added or made the first
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # askorac.web.authenticated has the same
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # no guesses; a whole office has one address
MFA_ADAPTER = "projects.signing_in.second_factors.FactorAdapter"
MFA_FORMS = {
    "activate_totp": "projects.signing_in.factor_forms.ActivateForm",
    "authenticate": "projects.signing_in.factor_forms.CodeForm",
    "reauthenticate": "projects.signing_in.factor_forms.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "AskOrac"
MFA_TOTP_TOLERANCE = 1  # the clock of a telephone may be half a minute wrong

SECURE = PUBLIC_URL.startswith("https://")
# Not in the session when it is long: there, the name of a source would lie in clear.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SESSION_COOKIE_NAME = "orac_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
# The proxy that ends TLS says so; else links in mail, and HSTS, would follow what it speaks to us.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
# The proxy redirects; other sites of the domain are not ours to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # files are served from where they lie: nothing is collected
WHITENOISE_AUTOREFRESH = DEVELOPMENT
WHITENOISE_MAX_AGE = 300
WHITENOISE_ALLOW_ALL_ORIGINS = True  # the widget's modules are loaded from customers' pages

STORAGES = {
    "default": storage_at(read("MEDIA_URL_STORAGE"), folder=DATA_DIR / "media"),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
UPLOAD_MAX_BYTES = 50_000_000
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "askorac.web.uploads.UnnamedUploadHandler",
]
# Networks that pages are fetched from although they are not public. None, unless an operator says.
ALLOW_PRIVATE_ADDRESSES = networks_of(read("ALLOW_PRIVATE_ADDRESSES"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Without a mail server it lies in a folder: codes, links and addresses are nothing for a log.
EMAIL_BACKEND = "askorac.web.kept_mail.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = f"AskOrac <no-reply@{urlsplit(PUBLIC_URL).hostname or 'localhost'}>"
EMAIL_TIMEOUT = 20  # seconds
if email_url := read("EMAIL_URL"):
    _mail = urlsplit(email_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or {"smtps": 465, "smtp+tls": 587}.get(_mail.scheme, 25)
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    DEFAULT_FROM_EMAIL = dict(parse_qsl(_mail.query)).get("from", DEFAULT_FROM_EMAIL)

# Whom the members of a suspended organization may write to.
SUPPORT_EMAIL = read("SUPPORT_EMAIL")
# Whom those may write to who find a hole: an address, or a page (RFC 9116).
SECURITY_CONTACT = read("SECURITY_CONTACT")

# The service that wraps the keys of organizations: keys/services. Its check says what is missing.
KMS_URL = read("KMS_URL")
# For how long a process goes by what a key service last said: a key that is taken away opens
# nothing after it.
KEYRING_SECONDS = float(read("KEYRING_SECONDS", "40"))
if not 1 <= KEYRING_SECONDS <= 50:
    raise ImproperlyConfigured("KEYRING_SECONDS is between 1 and 50.")
# How many bytes of sealed vectors a process holds opened at most, all organizations together.
SEALED_VECTORS_BYTES = int(read("SEALED_VECTORS_BYTES", str(512 * 1024**2)))
# How old a data key gets before another one seals.
DATA_KEY_DAYS = int(read("DATA_KEY_DAYS", "90"))
if DATA_KEY_DAYS < 1:
    raise ImproperlyConfigured("DATA_KEY_DAYS is 1 or more.")

OPENAI_API_KEY = read("OPENAI_API_KEY")
OPENAI_BASE_URL = read("OPENAI_BASE_URL")
ANTHROPIC_API_KEY = read("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = read("ANTHROPIC_BASE_URL")
GEMINI_API_KEY = read("GEMINI_API_KEY")
GEMINI_BASE_URL = read("GEMINI_BASE_URL")
CHAT_MODEL = read("CHAT_MODEL")
MODEL_PRICES = read("MODEL_PRICES")
EMBEDDING_MODEL = read("EMBEDDING_MODEL")

# Programs with an API key. The endpoints name their own classes; nothing here opens anything.
API_KEY_REQUESTS_A_MINUTE = int(read("API_KEY_REQUESTS_A_MINUTE", "3000"))
API_ORGANIZATION_REQUESTS_A_MINUTE = int(read("API_ORGANIZATION_REQUESTS_A_MINUTE", "6000"))
# Those without a key that opens anything, from one address.
API_REFUSALS_A_MINUTE = int(read("API_REFUSALS_A_MINUTE", "600"))
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["askorac.web.api.bodies.JSONBody"],
    "DEFAULT_SCHEMA_CLASS": "askorac.web.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "askorac.web.api.problems.answer_problem",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AskOrac API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": PUBLIC_URL}],
    "COMPONENT_SPLIT_PATCH": False,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": ["askorac.web.api.schema.without_marks"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True

LOG_FORMAT = read("LOG_FORMAT", "line" if DEVELOPMENT else "json")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT is neither line nor json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "askorac.web.logs.Line",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "askorac.web.logs.JsonLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Libraries that would log addresses with their query strings, or a line for every tick.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("httpx2", "httpcore2", "openai", "celery", "botocore", "boto3")
    },
}
