"""The pages of the shop. None of them knows when, or whether, a mail goes out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import aget_object_or_404, get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.checkout import place_order
from shop.forms import CheckoutForm
from shop.models import Mail, Order, Visit
from shop.payments import CardRefused


@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    form = CheckoutForm(request.POST or None)
    if not form.is_valid():
        return render(request, "shop/checkout.html", {"form": form}, status=400 if form.is_bound else 200)
    values = form.cleaned_data
    try:
        order = place_order(values["email"], form.basket, values["card"], values["gift_card"])
    except CardRefused as refusal:
        form.add_error("card", str(refusal))
        return render(request, "shop/checkout.html", {"form": form}, status=402)
    messages.success(request, f"Thank you! {order} is placed.")
    return redirect(order)


@require_GET
def show_order(request: HttpRequest, number: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.prefetch_related("lines__product"), pk=number)
    return render(request, "shop/order.html", {"order": order})


@require_POST
async def cancel(request: HttpRequest, number: int) -> HttpResponse:
    order = await aget_object_or_404(Order, pk=number)
    order.status = Order.Status.CANCELLED
    await order.asave()
    messages.success(request, f"{order} is cancelled.")
    return redirect(order)


@require_GET
def effects(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "shop/effects.html",
        {
            "orders": Order.objects.prefetch_related("lines__product"),
            "visits": Visit.objects.prefetch_related("effects"),
            "mails": Mail.objects.all(),
        },
    )
