"""Pages for nurses and operations."""
