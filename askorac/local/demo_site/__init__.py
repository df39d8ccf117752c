"""A made-up company's site on an origin of its own, with the widget on it and a strict policy."""
