"""How fast it is, beside what others would take: `make bench`, or one of them: `python -m benchmarks.signing`."""
