"""Job offers: what in them breaks a norm, what is as it should be, and what is missing."""
