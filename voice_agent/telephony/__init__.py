"""Twilio, spoken exactly."""
