"""Places the orders of a CSV file."""

import csv
from argparse import ArgumentParser
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from airlock.integrations.django import AirlockCommand
from shop.models import Order, Product


class Command(AirlockCommand, BaseCommand):
    help = "Place the orders of a CSV file: reference, email, product, quantity. Lines of one reference are one order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    @transaction.atomic
    def handle(self, *, file: Path, **options: Any) -> None:
        placed = 0
        with file.open(encoding="utf-8", newline="") as lines:
            for reference, rows in groupby(csv.DictReader(lines), key=itemgetter("reference")):
                try:
                    self.place(list(rows))
                except Product.DoesNotExist:
                    self.stdout.write(f"{reference}: skipped, it names a product that the shop does not have")
                except ValueError as error:
                    raise CommandError(f"{reference}: {error}; nothing was imported") from error
                else:
                    placed += 1
        self.stdout.write(f"{placed} orders placed")

    def place(self, rows: list[dict[str, str]]) -> None:
        basket = [(Product.objects.get(name=row["product"]), int(row["quantity"])) for row in rows]
        order = Order.objects.create(email=rows[0]["email"])
        for product, quantity in basket:
            order.lines.create(product=product, quantity=quantity, price=product.price)
