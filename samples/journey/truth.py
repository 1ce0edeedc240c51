"""What the replay drew, for tests to compare with; nothing in the pipeline reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from samples.journey import journal as log
from samples.journey.assortment import DCS, Assortment
from samples.journey.overbuys import Overbuys
from samples.journey.replay import Replay
from samples.journey.source import day_date
from samples.journey.suppliers import Suppliers, true_parameters

_KIND_NAMES = {
    log.OPENING: "opening",
    log.RECEIPT: "receipt",
    log.TRANSFER: "transfer",
    log.EMERGENCY: "emergency_transfer",
    log.SALE: "sale",
    log.SCRAP: "scrap",
    log.FOUND: "found",
    log.COUNT_UP: "count_up",
    log.COUNT_DOWN: "count_down",
}


def planted_slow_movers(assortment: Assortment, overbuys: Overbuys, replay: Replay) -> list[dict[str, Any]]:
    """List the planted buys that were ordered, with what was ordered, received and put to stock."""
    lines, orders = replay.lines, replay.orders
    line_day = orders["day"][lines["order"].astype(np.int64)]
    arrived = np.bincount(replay.receipts["line"].astype(np.int64), replay.receipts["arrived"], len(line_day))
    rejected = np.bincount(replay.receipts["line"].astype(np.int64), replay.receipts["rejected"], len(line_day))
    planted = []
    for day, pair, quantity in zip(
        overbuys.day.tolist(), overbuys.pair.tolist(), overbuys.quantity.tolist(), strict=True
    ):
        line = np.nonzero((line_day == day) & (lines["pair"] == pair))[0]
        if not len(line):
            continue
        dc, product = divmod(pair, assortment.product_count)
        planted.append(
            {
                "product_id": str(assortment.product_id[product]),
                "location_id": DCS[dc],
                "decided_on": day_date(day).isoformat(),
                "planned_quantity": quantity,
                "ordered_quantity": int(lines["ordered"][line[0]]),
                "received_quantity": int(arrived[line[0]]),
                "stocked_quantity": int(arrived[line[0]] - rejected[line[0]]),
                "reason": "promotional buy",
            }
        )
    return planted


def _assortment_facts(assortment: Assortment, replay: Replay) -> dict[str, Any]:
    kinds, counts = np.unique(assortment.kind.astype(str), return_counts=True)
    facts: dict[str, Any] = dict(zip(kinds.tolist(), counts.tolist(), strict=True))
    is_empty = replay.is_listed & (replay.on_hand == 0)
    sold = assortment.demand[: replay.days] > 0
    dc = assortment.is_dc_pair
    return facts | {
        "products": assortment.product_count,
        "pairs_at_dcs": int(dc.sum()),
        "pairs_at_stores": int((~dc).sum()),
        "pair_days": int(replay.is_listed.sum()),
        "stockout_days_at_dcs": int(is_empty[:, dc].sum()),
        "stockout_days_at_stores": int(is_empty[:, ~dc].sum()),
        "stockout_days_without_sale": int((is_empty & ~sold).sum()),
    }


def write_truth(
    path: Path,
    seed: int,
    assortment: Assortment,
    suppliers: Suppliers,
    overbuys: Overbuys,
    replay: Replay,
    drawn: dict[str, Any],
) -> None:
    """Write the truth file.

    Args:
        path: File outside the landing zone.
        seed: Seed of the replay.
        assortment: Products and places.
        suppliers: True parameters of the suppliers.
        overbuys: Planted buys.
        replay: What came of it.
        drawn: By entity, what the writers of the other extracts drew.
    """
    moved = replay.movements
    totals = {
        name: {"rows": int((moved["kind"] == kind).sum()), "units": int(moved["quantity"][moved["kind"] == kind].sum())}
        for kind, name in _KIND_NAMES.items()
    }
    truth = {
        "seed": seed,
        "through": day_date(replay.days - 1).isoformat(),
        "assortment": _assortment_facts(assortment, replay),
        "movements": totals,
        "suppliers": true_parameters(suppliers),
        "planted_slow_movers": planted_slow_movers(assortment, overbuys, replay),
        "drawn": drawn,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
