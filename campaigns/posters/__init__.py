"""What is printed: kinds, their words, and the fonts they are set in."""
