"""Flask: webhooks, media socket, actions, console."""
