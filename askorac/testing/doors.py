"""Every address of the site, as the isolation proof finds them."""

from askorac.evidence.isolation.doors import Door, known_parameters, made_up, walk

__all__ = ["Door", "known_parameters", "made_up", "walk"]
