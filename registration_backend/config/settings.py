"""Settings of the registration backend: every value comes from the environment or has an embedded default."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import database_settings, geocoder_settings, secret_keys
from config.quiet_logging import LOGGING as LOGGING  # Django reads the name from this module

BASE_DIR = Path(__file__).resolve().parent.parent

# Inside a virtual environment Debian's pyproj does not find Debian's PROJ database by itself.
if Path("/usr/share/proj/proj.db").exists():
    os.environ.setdefault("PROJ_DATA", "/usr/share/proj")


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: list[str]) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()] or default


def _days(name: str, default: int, most: int) -> int:
    given = os.environ.get(name, "").strip()
    if given and not (given.isascii() and given.isdigit() and 1 <= int(given) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number of days from 1 to {most}.")
    return int(given or default)


# Everything that is written at run time.
VAR_DIR = Path(os.environ.get("CAMERA_REGISTRY_VAR") or BASE_DIR.parent / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)  # keys and databases are nobody else's business
(VAR_DIR / "static").mkdir(exist_ok=True)
SECRETS = secret_keys.load(VAR_DIR, os.environ)
SECRET_KEY = SECRETS.secret_key
# Ids of withdrawn registrations, outside the databases, so that no restored backup brings one back.
WITHDRAWAL_JOURNAL = Path(os.environ.get("CAMERA_REGISTRY_JOURNAL") or VAR_DIR / "withdrawals.journal")
# After how many days no backup holds a withdrawn contact that anybody could read.
BACKUP_KEYS_KEPT_DAYS = _days("CAMERA_REGISTRY_BACKUP_KEYS_KEPT_DAYS", default=7, most=30)

DEBUG = _flag("CAMERA_REGISTRY_DEBUG")
HTTPS = _flag("CAMERA_REGISTRY_HTTPS")
ALLOWED_HOSTS = _list("CAMERA_REGISTRY_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = _list("CAMERA_REGISTRY_ORIGINS", [])
# How readers reach this backend where a proxy stands before it, such as https://cameras.example.org. Blank: the
# feed's links follow the request.
PUBLIC_URL = os.environ.get("CAMERA_REGISTRY_PUBLIC_URL", "").strip()

INSTALLED_APPS = [
    "registrations",
    "disclosure",
    "feed",
    "staff",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.zero_bytes.RefuseZeroBytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "registrations.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registrations.languages.language_switch",
            ],
        },
    },
]

SPATIALITE_LIBRARY_PATH = "mod_spatialite"
DATABASES = database_settings.databases(VAR_DIR, os.environ)
DATABASE_ROUTERS = ["config.databases.KeyRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"

# Debian 12 has GDAL 3.6. The check is about spatial references that name a file or an address: none is ever read
# from a request, only EPSG numbers are.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

LANGUAGE_CODE = "en"
# Each in its own words, as the switch in the header shows them.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# What staff and machines read stays in the language that it is documented in.
ENGLISH_PATHS = ("/staff/", "/ogc", "/registry/", "/health", "/basemap/", "/area/", "/printables/")
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# What PDFs are set for: "letter" or "a4".
PAPER = os.environ.get("CAMERA_REGISTRY_PAPER", "").strip().lower() or "letter"
if PAPER not in ("letter", "a4"):
    raise ImproperlyConfigured("CAMERA_REGISTRY_PAPER must be letter or a4.")

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True  # so that nothing has to be collected before the first start
BASEMAP_DIR = VAR_DIR / "basemap"

# A geocoder only where the environment names one: the address that a registrant types would be sent to another
# organisation.
ADDRESS_SEARCHES, GEOCODER_URL = geocoder_settings.address_searches(os.environ)
# How many different contacts one verifier may open a day, and after how many days registrants are told of a look.
STAFF_CONTACT_LIMIT_A_DAY = int(os.environ.get("CAMERA_REGISTRY_STAFF_CONTACTS_A_DAY", "") or 40)
CONTACT_ACCESS_SHOWN_AFTER_DAYS = int(os.environ.get("CAMERA_REGISTRY_TELL_OF_LOOKS_AFTER_DAYS", "") or 7)

# A form with 100 cameras has some 1,900 fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# An uploaded list stays in memory: Django's other handler would put a large one on the disk in clear. One that is
# larger than this is not taken at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 11_000_000
# Lists are read from ArcGIS servers on the internet; this lets the backend ask its own network too.
IMPORT_FROM_PRIVATE_ADDRESSES = _flag("CAMERA_REGISTRY_IMPORT_FROM_PRIVATE_ADDRESSES")

# Without a mail server, messages are files that a day later are deleted: enough to try everything on one machine.
EMAIL_HOST = os.environ.get("CAMERA_REGISTRY_SMTP_HOST", "").strip()
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "registrations.mail_files.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_PORT = int(os.environ.get("CAMERA_REGISTRY_SMTP_PORT", "") or 587)
EMAIL_HOST_USER = os.environ.get("CAMERA_REGISTRY_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CAMERA_REGISTRY_SMTP_PASSWORD", "")
# "starttls" is what port 587 speaks, "tls" port 465; "none" only for a server on the same machine.
SMTP_SECURITY = os.environ.get("CAMERA_REGISTRY_SMTP_SECURITY", "").strip().lower() or "starttls"
if SMTP_SECURITY not in {"starttls", "tls", "none"}:
    raise ImproperlyConfigured("CAMERA_REGISTRY_SMTP_SECURITY must be starttls, tls or none.")
EMAIL_USE_TLS = SMTP_SECURITY == "starttls"
EMAIL_USE_SSL = SMTP_SECURITY == "tls"
EMAIL_TIMEOUT = 10  # seconds; a registrant waits that long at most
DEFAULT_FROM_EMAIL = os.environ.get("CAMERA_REGISTRY_MAIL_FROM", "").strip() or "camera-registry@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# To one agency, from everybody together: so many reach its mailbox at most, whoever sends them.
CONTACT_MESSAGES_AN_HOUR = 30

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # forgotten with the browser window
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "registrations.stale_form.give_back"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
