"""The drill: a practice hotline that is thrown away, simulated callers who write to it, and a debrief."""
