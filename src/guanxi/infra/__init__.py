"""What the house stands on: PostgreSQL, jobs, the bus, time, secrets, media. No word of customer service."""
