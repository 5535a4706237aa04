"""The prover: every state the scripts can come to, everything a caller may do there, every language."""
