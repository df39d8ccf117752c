"""The whole suite runs against real engines, started before Django reads its settings."""

from askorac.testing.folder import claim

claim()  # first, for the conftests below this one are imported before any hook is called
pytest_plugins = [
    "askorac.testing.engines",
    "askorac.testing.eval_data",
    "askorac.testing.hypotheses",
    "askorac.testing.openbao",
    "askorac.testing.order",
    "askorac.testing.people",
]
