"""The process that serves the app: assets, security headers, metrics, short links, visitors."""
