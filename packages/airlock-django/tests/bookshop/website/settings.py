"""A project whose queue is Celery, with a broker that is not there: what is dispatched fails."""

from pathlib import Path

INSTALLED_APPS = [
    "books",
    "airlock.integrations.django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "airlock.integrations.django.AirlockMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
AIRLOCK = {"EXECUTOR": "celery", "POLICY": "airlock.DropDuplicates", "COMMANDS": {"loaddata": "airlock.DropAll"}}
CELERY_BROKER_URL = "amqp://127.0.0.1:1//"
CELERY_TASK_PUBLISH_RETRY = False
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).resolve().parent / "db.sqlite3"}
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
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "website.urls"
SECRET_KEY = "for tests only"
STATIC_URL = "static/"
USE_TZ = True
