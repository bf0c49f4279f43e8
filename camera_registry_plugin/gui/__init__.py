"""What the user sees and touches: map tool, dock, options page, messages."""
