"""The figures this program promises, each measured beside its target.

`python -m benchmarks` measures all of them, `python -m benchmarks NAME…` some;
`--short` takes fewer samples, `--json` prints for programs. Every server listens on
loopback and is stopped when its figure is done. A missed target is shown and does not
fail the run: a busy machine is no error.
"""
