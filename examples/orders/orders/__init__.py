"""A shop's import of orders, whose side effects airlock holds back, drops or lets out."""
