"""How long what is kept stays: rules, holds, the purge that follows them and the sweep after it."""
