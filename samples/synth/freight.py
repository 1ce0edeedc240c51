"""Weekly extract of transports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Rows, dates, joined, money, texts, where
from samples.synth.files import write_csv
from samples.synth.parcels import CARRIERS, DIRECTIONS, INBOUND, OUTBOUND, TRANSFER, inbound_rows, parcel_rows
from samples.synth.pos import first_day
from samples.synth.world import World


def write_freight(world: World, week: int, lines: Rows | None, transfers: list[Rows], folder: Path) -> None:
    """Write transports that began or ended in a week, as they stand on Sunday."""
    sunday = 7 * week + 6
    parcels = world.parcels.changed(7 * week, sunday)
    sent = [] if parcels is None else [parcel_rows(parcels, world)]
    bought = [] if lines is None else [inbound_rows(lines, world)]
    if not transfers + sent + bought:
        return
    rows = joined(transfers + sent + bought)
    rows = where(rows, rows["opened"] <= sunday)
    day, way, is_done = first_day(world), rows["direction"], rows["closed"] <= sunday
    inbound, outbound = way == INBOUND, way == OUTBOUND
    prefixes = np.array(["I", "P", "T"])[way]
    # A transfer has no document of its own: its number is made of the day and the store.
    keys = np.where(way == TRANSFER, rows["opened"] * 10_000 + rows["reference"], rows["reference"])
    table = pa.table(
        {
            "SHIP_NO": pa.array(
                [f"{prefix}{key}" for prefix, key in zip(prefixes.tolist(), keys.tolist(), strict=True)]
            ),
            "DIRECTION": texts(way, pa.array(DIRECTIONS)),
            "STATUS": texts(is_done.astype(np.int64), pa.array(["UNDER WAY", "DELIVERED"])),
            "CARRIER": texts(rows["carrier"], pa.array(CARRIERS)),
            "VENDOR_NO": texts(np.where(inbound, rows["origin"], -1), world.suppliers.name),
            "PO_NBR": pa.array(rows["reference"], mask=~inbound),
            "TRX_NO": pa.array(rows["reference"], mask=~outbound),
            "FROM_PLANT": texts(np.where(inbound, -1, rows["origin"]), world.network.name),
            "TO_PLANT": texts(rows["target"], world.network.name),
            "SHIP_DT": dates(day, rows["opened"]),
            "PROMISED_DT": dates(day, rows["promised"]),
            "DELIVERED_DT": dates(day, rows["closed"], is_done),
            "PACKAGES": pa.array(rows["packages"]),
            "WEIGHT_G": pa.array(rows["weight"]),
            "FREIGHT_AMT": money(rows["freight"]),
            "DAMAGED": texts((is_done & rows["damaged"]).astype(np.int64), pa.array(["N", "Y"])),
        }
    )
    write_csv(table, folder / f"shipments_{world.plan.sunday(week)}.csv")
