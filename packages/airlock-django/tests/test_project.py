from django.db import connections
from django_project.models import Entry


def test_each_database_is_its_own_and_holds_the_table(alias):
    assert not Entry.objects.using(alias).exists()
    assert connections[alias].vendor == {"default": "sqlite", "postgres": "postgresql", "mariadb": "mysql"}[alias]
