"""Who logs in: sign-up, guesses held off, second factors and sessions."""
