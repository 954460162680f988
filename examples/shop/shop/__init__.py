"""A shop: every order wants mails to be sent, and they wait for its transaction."""
