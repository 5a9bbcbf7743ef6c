"""A seeded shop and simulated platforms; tests use them too."""
