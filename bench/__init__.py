"""Benchmarks and soaks. Each prints one JSON object a line; ratios are taken side by side in one run."""
