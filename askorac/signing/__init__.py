"""What this installation signs: statements that a customer keeps, and checks without us."""
