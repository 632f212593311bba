"""How fast the service is, beside its peers: `make bench`, or one benchmark: `python -m benchmarks.signing`."""
