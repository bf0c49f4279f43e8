"""Where cameras come from: one small module a kind of registry, behind the interface in base.py."""
