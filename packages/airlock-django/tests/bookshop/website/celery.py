from celery import Celery

app = Celery("website")
app.config_from_object("django.conf:settings", namespace="CELERY")
