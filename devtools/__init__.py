"""What tests, benchmarks and tools share: servers, browsers, visitors and the scenes of the app."""
