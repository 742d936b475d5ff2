"""Tests in a real browser. A package, because tests/ has files of the same names."""
