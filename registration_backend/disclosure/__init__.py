"""Decides who may see what."""
