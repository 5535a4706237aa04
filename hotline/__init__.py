"""The anonymous hotline: ground rules, storage, desk and console."""
