"""The Processing provider "Camera Registry", one algorithm a file."""
