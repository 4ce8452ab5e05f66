"""Speed, memory and accuracy measured: `python -m benchmarks` runs what needs no data."""
