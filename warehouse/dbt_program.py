"""dbt's command without what costs small builds most: ``python -m warehouse.dbt_program build ...``.

A parsed project is a million objects that stay until the end. Python looks through all of them again and again while
dbt makes others, which took a tenth of a small build's time; what it frees is little: 10 MB of 175. And every command
writes the parsed project as manifest.json twice, a quarter of a small command's time; only its documentation reads it.
"""

from __future__ import annotations

import gc
import sys

from dbt.cli.main import cli
from dbt.contracts.graph.manifest import Manifest

# Objects made before the young ones are looked through, and rounds of that before older ones are.
THRESHOLDS = (50_000, 20, 100)
# Commands after which nobody reads manifest.json. dbt's own switch, --no-write-json, leaves out run_results.json too.
UNREAD = ("build", "run", "source", "test")

if __name__ == "__main__":
    gc.set_threshold(*THRESHOLDS)
    if sys.argv[1] in UNREAD:
        Manifest.write = lambda manifest, path: None  # type: ignore[method-assign]
    cli()
