"""How safe the line is: `voice-agent evaluate safety`, and the gate that holds it."""
