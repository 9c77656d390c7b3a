"""tocsin finds and proves the race conditions of Python web APIs."""
