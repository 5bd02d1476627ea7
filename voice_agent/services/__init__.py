"""Systems that we talk to."""
