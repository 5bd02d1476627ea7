"""In-memory stand-ins, one for each port; real classes, used by unit tests and replay."""
