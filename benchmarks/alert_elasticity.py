"""Do elasticities hold? Those of a drawn company by category, beside the ones it was drawn with."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from planning.alerts import elasticity
from warehouse.settings import PROJECT_DIR

SIZE = ("--places", "12", "--skus", "600", "--years", "3", "--seed", "5")
STOCKOUT_DAYS = 2
# As many weeks as early warning looks back.
WEEKS = 104


def history(folder: Path) -> pd.DataFrame:
    """Return weekly quantities and prices of a drawn company, in the columns of ``source.prices``, and the truth.

    Args:
        folder: What ``python -m samples synth`` wrote.

    Returns:
        One row per item, place and week; ``true_elasticity`` is the one the item was drawn with.
    """
    truth = folder / "truth"
    demand = pd.read_parquet(truth / "demand_weekly.parquet").astype({"sku": str, "place": str})
    factors = pd.read_parquet(truth / "factors_weekly.parquet").astype({"sku": str})
    drawn = pd.read_parquet(truth / "items.parquet").astype({"sku": str})[["sku", "elasticity", "display_uplift"]]
    listed = pd.concat(pd.read_csv(path, dtype=str) for path in sorted((folder / "erp").glob("items_*.csv")))
    category = listed.drop_duplicates("SKU", keep="last").set_index("SKU")["DEPT"]
    rows = demand.merge(factors, on=["sku", "week_start"]).merge(drawn, on="sku")
    rows = rows[rows["week_start"] >= rows["week_start"].max() - pd.Timedelta(weeks=WEEKS)]
    # The truth has what prices did to demand: (regular / base) ^ elasticity, (price / regular) ^ elasticity x display.
    regular = rows["regular_price"] ** (1 / rows["elasticity"])
    promoted = regular * (rows["uplift"] / rows["display_uplift"]) ** (1 / rows["elasticity"])
    price = np.where(rows["is_promoted"].astype(bool), promoted, regular)
    return pd.DataFrame(
        {
            "product_id": rows["sku"],
            "planning_location_id": rows["place"],
            "category_1": rows["sku"].map(category),
            "week_start_date": pd.to_datetime(rows["week_start"]),
            "sold_quantity": rows["sold"].astype(float),
            "average_unit_price": np.where(rows["sold"] > 0, price, np.nan),
            "promoted_share": rows["is_promoted"].astype(float),
            "is_stockout_week": rows["empty_days"] >= STOCKOUT_DAYS,
            "true_elasticity": rows["elasticity"],
        }
    )


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what was estimated beside what was drawn, by category: the mean, weighted by quantity, and its range."""
    found = elasticity.by_category(rows)
    lines = []
    for category, group in rows.groupby("category_1"):
        estimate = found.get(str(category))
        mean = np.average(group["true_elasticity"], weights=group["sold_quantity"])
        low, high = group["true_elasticity"].quantile([0.1, 0.9])
        lines.append(
            {
                "category": category,
                "drawn": f"{mean:.2f} ({low:.2f} to {high:.2f})",
                "estimate": f"{estimate.estimate:.2f}" if estimate else "none",
                "interval": f"{estimate.lower:.2f} to {estimate.upper:.2f}" if estimate else "",
                "advice": "yes" if estimate and estimate.is_supported else "no",
            }
        )
    return pd.DataFrame(lines)


def main() -> None:
    """Draw a company, or read one, and print the table."""
    parser = argparse.ArgumentParser("python -m benchmarks.alert_elasticity", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that samples synth wrote (default: drawn here)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orw-elasticity-") as scratch:
        folder = arguments.data or Path(scratch) / "synth"
        if not arguments.data:
            subprocess.run(
                [sys.executable, "-m", "samples", "synth", *SIZE, "--out", str(folder)],
                check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        found = table(history(folder))
    print(f"| {' | '.join(found.columns)} |\n|{'---|' * len(found.columns)}")
    for line in found.itertuples(index=False):
        print(f"| {' | '.join(map(str, line))} |")


if __name__ == "__main__":
    main()
