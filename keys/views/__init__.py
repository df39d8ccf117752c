"""What people see of provider keys and models."""
