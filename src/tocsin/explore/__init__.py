"""Runs pairs of requests under a scheduler that tocsin controls, and proves anomalies."""
