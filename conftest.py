"""The whole suite runs against real engines, started before Django reads its settings."""

pytest_plugins = ["askorac.testing.engines", "askorac.testing.people"]
