"""What changes who may come in: people and links, sign-ins, the second factor."""
