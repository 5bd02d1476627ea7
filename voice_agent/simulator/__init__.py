"""A Twilio twin and simulated callers."""
