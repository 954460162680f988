"""Applications as projects make them."""
