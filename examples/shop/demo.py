"""Runs the shop with its site and its worker, orders over HTTP, shows what gets out, and fails where that is wrong."""

import os
import signal
import sys

import django
from running_shop import Customer, RunningShop, wait_for

MAILS = [
    "Order 2: receipt for 41.50 EUR",
    "Order 2: pick 1 x Green tea, 1 x Teapot",
    "Order 3: receipt for 34.00 EUR",
    "Order 3: pick 1 x Teapot",
    "Order 2: now cancelled",
    "Order 4: receipt for 30.00 EUR",
    "Order 4: pick 4 x Green tea",
    "Order 5: receipt for 46.40 EUR",
    "Order 5: pick 1 x Teapot, 2 x Honey",
]
BUYER = {"email": "ida@example.com", "card": "4000 0000 0000 0077"}


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with RunningShop() as shop:
        os.environ |= {"SHOP_DATA": str(shop.data), "DJANGO_SETTINGS_MODULE": "website.settings"}
        django.setup()
        shop.start_worker()
        customer = shop.start_site()
        show("Site and worker are two processes, and the queue between them is a file.")
        fill_the_shop(shop)
        order(customer)
        import_orders(shop)
        sent = read_the_mails()
    show("\nSite and worker are stopped, their data is gone.")
    if sent != MAILS:
        print("Not as expected:", *MAILS, sep="\n", file=sys.stderr)
    return 0 if sent == MAILS else 1


def end(number: int, _: object) -> None:
    """Leave by an exception, so that no process stays behind."""
    sys.exit(128 + number)


def fill_the_shop(shop: RunningShop) -> None:
    show("\n1. Loading old orders is silent: AIRLOCK['COMMANDS'] puts DropAll around loaddata.")
    run(shop, "loaddata", "catalogue")
    show("=> order 1 is in the shop, and not in the mails below")


def order(customer: Customer) -> None:
    customer.get("/")
    show("\n2. An order. Each of its two lines wants it picked, DropDuplicates lets that out once.")
    send(customer, "/", **BUYER, **{"product-1": 1, "product-2": 1})
    show("\n3. The card is refused when the order is saved already: the transaction is rolled back.")
    send(customer, "/", **BUYER | {"card": "4000 0000 0000 0002"}, **{"product-1": 1})
    show("\n4. The gift card holds too little: what its savepoint wanted is lost, and the card pays.")
    send(customer, "/", **BUYER, **{"gift_card": "SPRING", "product-1": 1})
    show("\n5. An async view cancels the first order.")
    send(customer, "/orders/2/cancel/")


def import_orders(shop: RunningShop) -> None:
    from shop.models import Order

    before = Order.objects.count()
    show("\n6. A dry run shows what an import would let out, and changes nothing.")
    run(shop, "import_orders", "orders.csv", "--dry-run")
    show(f"=> {Order.objects.count() - before} new orders")
    show("\n7. The import.")
    run(shop, "import_orders", "orders.csv")
    show(f"=> {Order.objects.count() - before} new orders")


def read_the_mails() -> list[str]:
    from shop.models import Mail

    show("\n8. The mails that the worker has sent, in its own time:")
    wait_for(lambda: Mail.objects.count() >= len(MAILS), "the worker's mails")
    for mail in Mail.objects.all():
        show(f"   {mail.recipient:<24}{mail.subject}")
    return [mail.subject for mail in Mail.objects.all()]


def run(shop: RunningShop, *arguments: str) -> None:
    show("$ python manage.py", *arguments)
    show(shop.manage(*arguments).rstrip())


def send(customer: Customer, path: str, **fields: object) -> None:
    from shop.models import Visit

    customer.post(path, **fields)
    visit = Visit.objects.latest("pk")
    show(visit)
    for effect in visit.effects.all():
        show(f"   {effect.outcome:<12}{effect.call:<30}{effect.reason}")


def show(*text: object) -> None:
    print(*text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
