"""A clinic's phone line that answers at once, understands, books, and never lets an emergency wait."""

__version__ = "0.1.0"
