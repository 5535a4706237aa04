"""The parts of the editor for campaign managers: what it reads, what it says of a text, what it writes."""
