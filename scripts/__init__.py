"""Chores around the product: setup, package, demo, headless sync, benchmarks."""
