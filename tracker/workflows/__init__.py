"""One function per user intention; they talk to ports only."""
