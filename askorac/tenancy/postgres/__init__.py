"""Django's PostgreSQL backend, with a pool that gets over a server that went away."""
