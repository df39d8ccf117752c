"""What `make run` and `make test` run on one machine: engines, processes, checks."""
