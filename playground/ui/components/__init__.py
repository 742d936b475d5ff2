"""The parts that run in the browser: one folder each, with its Python, JavaScript and tests."""
