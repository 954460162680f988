"""The settings of the project. Three of them are airlock's: an app, a middleware and `AIRLOCK`."""

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SHOP_DATA", BASE / "data"))
DATA.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [
    "shop",
    "airlock.integrations.django",
    "huey.contrib.djhuey",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "shop.middleware.RecordEffects",
    "airlock.integrations.django.AirlockMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

AIRLOCK = {
    "EXECUTOR": "huey",
    "POLICY": "airlock.DropDuplicates",
    "COMMANDS": {"loaddata": "airlock.DropAll"},
}

HUEY = {
    "huey_class": "huey.SqliteHuey",
    "name": "shop",
    "filename": str(DATA / "queue.sqlite3"),
    "immediate": False,
    "consumer": {"workers": 1, "periodic": False, "initial_delay": 0.05, "max_delay": 0.2},
}

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "shop.sqlite3",
        # The site and the worker write at the same time, and wait for each other.
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL", "timeout": 20, "transaction_mode": "IMMEDIATE"},
        "TEST": {"NAME": DATA / "test.sqlite3"},
    }
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ASGI_APPLICATION = "website.asgi.application"
DEBUG = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "website.urls"
SECRET_KEY = "for this example only"
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True
WSGI_APPLICATION = "website.wsgi.application"
