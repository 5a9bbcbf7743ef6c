"""What is done to the team: people come and go, conversations are counted, phrases are shared."""
