"""What our own staff see: Django's admin, on a login that reads metadata and nothing else."""
