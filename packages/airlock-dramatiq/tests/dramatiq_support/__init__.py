"""What the test modules of this package share; a worker in another process imports from here too."""
