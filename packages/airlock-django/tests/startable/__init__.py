"""A project in a folder of its own, whose processes are real ones."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

MANAGE = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
execute_from_command_line(sys.argv)
"""
SETTINGS = """
from pathlib import Path

SECRET_KEY = "a key for tests"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("db.sqlite3")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["airlock.integrations.django", "stock"]
MIDDLEWARE = ["airlock.integrations.django.AirlockMiddleware"]
ROOT_URLCONF = "site_urls"
"""
MODELS = """
from django.apps import apps
from django.db import models
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver

import airlock


class Item(models.Model):
    name = models.CharField(max_length=100)


def note(what):
    with open("effects.txt", "a") as file:
        file.write(what + chr(10))


@receiver(post_save, sender=Item)
def saved(instance, **_):
    airlock.enqueue(note, f"saved {instance.name}")


@receiver(post_migrate)
def migrated(app_config, **_):
    if app_config.label == "stock" and airlock.get_current_scope():
        airlock.enqueue(note, "migrated")
"""
FIXTURE = '[{"model": "stock.item", "pk": 1, "fields": {"name": "lamp"}}]'


class Project:
    """A project with a model whose `post_save` enqueues; effects are lines in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("manage.py", MANAGE)
        self.write("site_settings.py", SETTINGS)
        self.write("site_urls.py", "urlpatterns = []")
        self.write("stock/__init__.py", "")
        self.write("stock/models.py", MODELS)
        self.write("lamp.json", FIXTURE)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")

    def settings(self, text: str) -> None:
        """Add to the settings."""
        with (self.folder / "site_settings.py").open("a", encoding="utf-8") as file:
            file.write("\n" + textwrap.dedent(text))

    def command(self, name: str, text: str) -> None:
        """Add a management command."""
        for package in ("stock/management", "stock/management/commands"):
            self.write(f"{package}/__init__.py", "")
        self.write(f"stock/management/commands/{name}.py", text)

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py`."""
        return self.python("manage.py", *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the folder."""
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(self.folder), "PYTHONWARNINGS": "error", **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    @property
    def effects(self) -> list[str]:
        """What the effects have left behind."""
        file = self.folder / "effects.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
