"""Recordings heard as a call is heard: `voice-agent transcribe`."""
