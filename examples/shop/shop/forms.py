"""What a customer fills in."""

from typing import Any

from django import forms

from shop.models import GiftCard, Product


class CheckoutForm(forms.Form):
    """An email address, a card, and a quantity for each product."""

    email = forms.EmailField(label="Email")
    card = forms.CharField(label="Card number", max_length=19)
    gift_card = forms.ModelChoiceField(
        GiftCard.objects.all(),
        label="Gift card code",
        required=False,
        to_field_name="code",
        widget=forms.TextInput,
        help_text="If it does not hold enough, the card pays.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.products = {f"product-{product.pk}": product for product in Product.objects.all()}
        for name, product in self.products.items():
            self.fields[name] = forms.IntegerField(
                label=f"{product.name}, {product.price} EUR", min_value=0, max_value=99, initial=0, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.basket = {product: cleaned[name] for name, product in self.products.items() if cleaned.get(name)}
        if not self.basket and not self.errors:
            raise forms.ValidationError("Choose at least one product.")
        return cleaned
