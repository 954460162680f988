from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "books"

    def ready(self):
        import website.celery  # noqa: F401 (the app that shared tasks belong to)

        from books import signals  # noqa: F401 (connects them)
