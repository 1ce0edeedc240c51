"""The gates: Great Expectations suites over raw inputs and model outputs, one checkpoint per layer."""
