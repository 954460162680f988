"""Use a distribution of ours that was installed: import all that is public, and send something through the core.

It runs in the environment of the distribution, with its name as the only argument.
"""

import importlib
import sys
from importlib.metadata import distribution, entry_points
from importlib.util import find_spec
from io import StringIO
from pathlib import PurePosixPath

import airlock

# What an admin needs of its project.
CONTRIB = ("admin", "auth", "contenttypes", "messages", "sessions")
MIDDLEWARE = (
    "sessions.middleware.SessionMiddleware",
    "auth.middleware.AuthenticationMiddleware",
    "messages.middleware.MessageMiddleware",
)
PROCESSORS = (
    "template.context_processors.request",
    "contrib.auth.context_processors.auth",
    "contrib.messages.context_processors.messages",
)

sent: list[int] = []


def find_modules(name: str) -> list[str]:
    """Return the public modules of a distribution; what runs when it is imported is not among them."""
    files = [PurePosixPath(str(file)) for file in distribution(name).files or () if str(file).endswith(".py")]
    modules = [file.parent if file.name == "__init__.py" else file.with_suffix("") for file in files]
    return sorted(
        ".".join(module.parts) for module in modules if not any(part.startswith("_") for part in module.parts)
    )


def set_up_django(modules: list[str]) -> None:
    """Make a project of the apps among the modules, with an admin, and let Django check and migrate it."""
    from django import setup
    from django.conf import settings
    from django.core.management import call_command

    apps = [module.removesuffix(".apps") for module in modules if module.endswith(".apps")]
    apps += [queue for queue in ("django_q",) if find_spec(queue)]
    processors = [f"django.{each}" for each in PROCESSORS]
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[*(f"django.contrib.{each}" for each in CONTRIB), *apps],
        MIDDLEWARE=[f"django.contrib.{each}" for each in MIDDLEWARE],
        SECRET_KEY="-",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": processors},
            }
        ],
        USE_TZ=True,
    )
    setup()
    call_command("check", stdout=StringIO())
    call_command("migrate", verbosity=0)


def main(name: str) -> None:
    """Print what was used."""
    modules = find_modules(name)
    if find_spec("django"):
        set_up_django(modules)
    for module in modules:
        importlib.import_module(module)
    with airlock.scope(executor="sync"):
        airlock.enqueue(sent.append, 7)
        assert not sent
    assert sent == [7]
    executors = sorted(point.name for point in entry_points(group="airlock.executors") if callable(point.load()))
    for executor in executors:
        with airlock.scope(executor=executor):
            pass
    print(f"{len(modules)} modules imported; executors: {', '.join(executors)}")


if __name__ == "__main__":
    main(sys.argv[1])
