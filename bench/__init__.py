"""What this machine does with Estrade in one run: `make bench` writes `bench/results.json` and `docs/operate/measured.md`."""
