"""The back office: what is saved here wants the same mails as anywhere else."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

import airlock
from shop import tasks
from shop.models import GiftCard, Order, OrderLine, Product


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("__str__", "email", "status", "placed_at")
    inlines = (OrderLineInline,)
    actions = ("send_receipts_again",)

    @admin.action(description="Send receipts again")
    def send_receipts_again(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        for order in orders:
            airlock.enqueue(tasks.send_receipt, order.pk)
        self.message_user(request, f"{len(orders)} receipts go out again.", messages.SUCCESS)


admin.site.register([GiftCard, Product])
