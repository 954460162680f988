"""What the test modules of this package share; a consumer in another process imports from here too."""
