"""What was done: written down, chained, signed, found again, and given to the customer to keep."""
