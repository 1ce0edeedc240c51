"""One file per DAG, declarations only; the shared parts are in ``common``."""
