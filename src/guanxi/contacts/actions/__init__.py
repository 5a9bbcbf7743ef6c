"""What is done to contacts, and to the reply windows of their identities."""
