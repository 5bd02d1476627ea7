"""What is urgent. Pure."""
