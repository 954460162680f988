"""A site with views and middleware for the tests, and servers to run it on."""
