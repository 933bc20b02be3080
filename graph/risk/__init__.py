"""What breaks: concentration of supply."""
