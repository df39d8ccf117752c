"""What this installation shows of its own security, to whoever asks."""
