from books import views
from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders/", views.place),
    path("orders/<int:pk>/cancel/", views.cancel),
    path("orders/<int:pk>/redeem/", views.redeem),
]
