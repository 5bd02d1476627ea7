"""The appointment book: one port, an adapter each."""
