"""`make run`: everything started, two calls placed.

Starts a private Redis, Rasa, a stand-in for Twilio and the server as a clinic would run them, lets two simulated
callers ring over the real wire protocol, checks what came of it, serves until Ctrl-C, and stops all that it started.
"""
