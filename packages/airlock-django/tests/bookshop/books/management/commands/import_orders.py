from airlock.integrations.django import AirlockCommand
from books.models import Order


class Command(AirlockCommand):
    def add_arguments(self, parser):
        parser.add_argument("emails", nargs="*")

    def handle(self, *args, **options):
        for email in options["emails"]:
            Order.objects.create(email=email)
