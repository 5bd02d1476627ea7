"""What Rasa's forms ask of us: bookings, triage, answers."""
