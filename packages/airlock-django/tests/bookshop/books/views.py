from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

import airlock
from books import tasks
from books.models import Order


@csrf_exempt
def place(request):
    with transaction.atomic():
        order = Order.objects.create(email=request.POST["email"])
        if "@" not in order.email:
            transaction.set_rollback(True)
            return HttpResponse("a wrong address", status=400)
        if Order.objects.filter(email=order.email).count() > 1:
            raise PermissionDenied
    return HttpResponse(order.pk)


@csrf_exempt
async def cancel(request, pk):
    order = await Order.objects.filter(pk=pk).afirst()
    airlock.enqueue(tasks.count_mail, [pk])
    if order is None:
        return HttpResponse(status=404)
    order.cancel()
    await order.asave()
    return HttpResponse(order.status)


@csrf_exempt
def redeem(request, pk):
    with transaction.atomic():
        airlock.enqueue(tasks.send_update, pk, status="paid")
        try:
            with transaction.atomic():
                airlock.enqueue(tasks.send_update, pk, status="redeemed")
                raise ValueError("the card is empty")
        except ValueError as error:
            return HttpResponse(str(error))
