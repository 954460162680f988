"""The addresses of the views: `/plain/...` and `/awaited/...`, `/database/...`, and those that wait or stream."""

from django.urls import path

from django_web import atomic, meetings, streams, views

urlpatterns = [
    *(path(f"plain/{route}", view) for route, view in views.BOTH.items()),
    *(path(f"awaited/{route}", views.awaited(view)) for route, view in views.BOTH.items()),
    *(path(f"database/{name}/<str:alias>/", view) for name, view in views.ON_A_DATABASE.items()),
    *(path(f"atomic/{name}/<str:alias>/", view) for name, view in atomic.VIEWS.items()),
    path("waits_to_be_cancelled/", meetings.waits_to_be_cancelled),
    path("waits_in_its_thread/<int:status>/", meetings.waits_in_its_thread),
    path("takes_long_to_flush/", meetings.takes_long_to_flush),
    path("streams/plain/<str:alias>/", streams.streams),
    path("streams/awaited/<str:alias>/", streams.streams_async),
    path("never_ends/plain/", streams.never_ends),
    path("never_ends/awaited/", streams.never_ends_async),
    path("tells_threads/", streams.tells_threads),
    path("unscoped/plain/", streams.streams_without_a_scope),
    path("unscoped/awaited/", streams.streams_without_a_scope_async),
]
