"""The addresses of the shop."""

from django.urls import path

from shop import views

urlpatterns = [
    path("", views.checkout, name="checkout"),
    path("orders/<int:number>/", views.show_order, name="order"),
    path("orders/<int:number>/cancel/", views.cancel, name="cancel"),
    path("effects/", views.effects, name="effects"),
]
