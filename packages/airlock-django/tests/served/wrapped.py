from airlock.integrations.django.handlers import get_wsgi_application


class Wrapper:
    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        return self.application(environ, start_response)


application = Wrapper(get_wsgi_application())
