"""The rules of one phone call. Pure."""
