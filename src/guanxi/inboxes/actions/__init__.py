"""What is done to inboxes: accounts are connected and changed; what arrived is read batch by batch."""
