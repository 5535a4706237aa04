"""Awareness campaigns: pages for one audience in one language, rendered once and served from memory."""
