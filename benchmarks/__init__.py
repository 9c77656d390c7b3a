"""What tocsin must reach, measured: ``python -m benchmarks``."""
