from airlock.integrations.django.handlers import get_asgi_application, get_wsgi_application

application = get_wsgi_application()
asgi_application = get_asgi_application()
