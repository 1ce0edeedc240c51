"""dbt's command with a rarer garbage collection: ``python -m warehouse.dbt_program build ...``.

A parsed project is a million objects that stay until the end. Python looks through all of them again and again while
dbt makes others, which took a tenth of a small build's time; what it frees is little: 10 MB of 175.
"""

from __future__ import annotations

import gc

from dbt.cli.main import cli

# Objects made before the young ones are looked through, and rounds of that before older ones are.
THRESHOLDS = (50_000, 20, 100)

if __name__ == "__main__":
    gc.set_threshold(*THRESHOLDS)
    cli()
