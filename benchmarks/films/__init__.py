"""Benchmarks of films: steadiness, speed, memory, killed runs and damaged files."""
