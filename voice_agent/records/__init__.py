"""Encryption, audit trail, retention."""
