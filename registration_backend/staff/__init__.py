"""What the agency's staff use: checking, placing, publishing and withdrawing registrations."""
