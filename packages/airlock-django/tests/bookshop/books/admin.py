from django.contrib import admin

from books.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    actions = ("cancel",)

    def cancel(self, request, orders):
        for order in orders:
            order.cancel()
            order.save()
