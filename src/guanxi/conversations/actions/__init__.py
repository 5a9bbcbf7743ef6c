"""What is done to conversations: messages arrive, agents answer, states change, deliveries settle."""
