"""Measured ratios: `make bench`. Every comparison is taken side by side in one run."""
