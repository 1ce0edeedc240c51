"""What was drawn and what came of it, for tests and benchmarks to compare with; the pipeline never reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from samples.synth.arrays import Floats, Ints, Rows, coded, dates, same, where
from samples.synth.baskets import NOBODY
from samples.synth.brushing import KINDS as FAKE_KINDS
from samples.synth.catalog import KINDS, NEVER, SEASONS
from samples.synth.files import Parquet
from samples.synth.pos import first_day
from samples.synth.slow import SlowMovers
from samples.synth.world import World

SMOOTH, INTERMITTENT, ERRATIC, LUMPY = range(4)
CLASSES = pa.array(["smooth", "intermittent", "erratic", "lumpy"])
_LONG_INTERVAL, _WIDE_SIZES = 1.32, 0.49


def weekly_class(mean: Floats, dispersion: Floats) -> Ints:
    """Classify weekly demand by its distribution (Syntetos and Boylan): mean interval, and CV² of weeks with demand."""
    extra = dispersion - 1
    is_wide = extra > 0
    wide = np.where(is_wide, extra, 1.0)
    none = np.where(is_wide, np.exp(-mean / wide * np.log(np.where(is_wide, dispersion, 2.0))), np.exp(-mean))
    some = np.maximum(1 - none, 1e-12)
    size = mean / some
    cv2 = (mean * dispersion + mean**2) / some / size**2 - 1
    is_sparse, is_wild = 1 / some > _LONG_INTERVAL, cv2 > _WIDE_SIZES
    return np.where(is_sparse, np.where(is_wild, LUMPY, INTERMITTENT), np.where(is_wild, ERRATIC, SMOOTH))


def _items(world: World) -> pa.Table:
    catalog, day = world.catalog, first_day(world)
    plain = ("popularity", "dispersion", "elasticity", "display_uplift", "dip", "amplitude", "trend", "planned_share")
    return pa.table(
        {
            "sku": catalog.name,
            "kind": coded(catalog.kind, pa.array(KINDS)),
            "family": coded((catalog.dispersion > 1).astype(np.int64), pa.array(["poisson", "negative_binomial"])),
            **{name: pa.array(getattr(catalog, name)) for name in plain},
            "season": coded(catalog.season, pa.array(SEASONS)),
            "launch_date": dates(day, 7 * catalog.launch_week, catalog.launch_week > 0),
            "end_date": dates(day, 7 * catalog.end_week, catalog.end_week != NEVER),
            "overbuy_week": dates(day, 7 * catalog.overbuy_week, catalog.overbuy_week != NEVER),
            "supplier": world.suppliers.name.take(pa.array(world.suppliers.of_sku)),
        }
    )


def _pairs(world: World) -> pa.Table:
    network = world.network
    listed = world.factors.is_listed.sum(axis=1)
    mean = 7 * network.rate * (world.factor.sum(axis=1) / np.maximum(listed, 1))[network.sku]
    return pa.table(
        {
            "sku": coded(network.sku, world.catalog.name),
            "place": coded(network.place, network.name),
            "dc": coded(network.dc[network.place], network.name),
            "base_weekly_mean": pa.array(7 * network.rate),
            "dispersion": pa.array(world.catalog.dispersion[network.sku]),
            "demand_class": coded(weekly_class(mean, world.catalog.dispersion[network.sku]), CLASSES),
        }
    )


def _suppliers(world: World) -> pa.Table:
    suppliers = world.suppliers
    mean, sd = suppliers.lead_moments()
    plain = ("quoted_days", "on_time", "late_days", "in_full", "rejected", "freight", "price_sd")
    return pa.table(
        {
            "supplier": suppliers.name,
            **{name: pa.array(getattr(suppliers, name)) for name in plain},
            "lead_days_mean": pa.array(mean),
            "lead_days_sd": pa.array(sd),
        }
    )


class Truth:
    """The folder of the truth, filled week by week."""

    def __init__(self, world: World, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._demand, self._factors = (
            Parquet(folder / "demand_weekly.parquet"),
            Parquet(folder / "factors_weekly.parquet"),
        )
        self._fakes, self._planted = Parquet(folder / "fake_orders.parquet"), Parquet(folder / "overbuys.parquet")
        self._slow = SlowMovers(world)
        names = ("lines", "units", "net_cents", "demand", "sold", "lost", "fake_lines", "fake_units", "returns")
        self.totals = dict.fromkeys(names, 0)
        for name, table in (("items", _items(world)), ("pairs", _pairs(world)), ("suppliers", _suppliers(world))):
            parquet.write_table(table, folder / f"{name}.parquet")
        days = {f"factor_{day + 1}": pa.array(world.network.weekdays[:, day]) for day in range(7)}
        parquet.write_table(pa.table({"place": world.network.name, **days}), folder / "weekdays.parquet")

    def add_lines(self, world: World, day: int, lines: Rows, net: Ints) -> None:
        """Count the sales lines of a day, and list the fake ones."""
        counts = {"lines": len(net), "units": lines["quantity"].sum(), "net_cents": net.sum()}
        fakes = where(lines, lines["fake"] != NOBODY)
        count = len(fakes["line"])
        for name, number in (counts | {"fake_lines": count, "fake_units": fakes["quantity"].sum()}).items():
            self.totals[name] += int(number)
        if count:
            table = {
                "transaction": pa.array(fakes["transaction"]),
                "date": dates(first_day(world), np.full(count, day)),
                "sku": coded(world.network.sku[fakes["pair"]], world.catalog.name),
                "kind": coded(fakes["fake"], pa.array(FAKE_KINDS)),
            }
            self._fakes.write(pa.table(table))

    def add_purchasing(self, world: World, week: int, lines: Rows | None) -> None:
        """List the planted buys that were ordered in a week."""
        if lines is None:
            return
        found = where(lines, (lines["planted"] > 0) & (lines["opened"] >= 7 * week))
        if len(found["sku"]):
            table = {
                "sku": coded(found["sku"], world.catalog.name),
                "dc": coded(found["dc"], world.network.name),
                "order_date": dates(first_day(world), found["opened"]),
                "planted_units": pa.array(found["planted"]),
                "ordered_units": pa.array(found["ordered"]),
            }
            self._planted.write(pa.table(table))

    def close_week(self, world: World, week: int) -> None:
        """Write the week's factors, and demand, sales and lost sales of pairs with demand or an empty shelf."""
        factors, monday = world.factors, np.datetime64(world.plan.day_date(7 * week), "D")
        names = ("season", "trend", "regular_price", "uplift", "dip")
        table = {
            "sku": coded(np.arange(world.plan.skus), world.catalog.name),
            "week_start": same(monday.item(), world.plan.skus),
            **{name: pa.array(getattr(factors, name)[:, week]) for name in names},
            "is_listed": pa.array(factors.is_listed[:, week]),
            "is_promoted": pa.array(factors.is_promoted[:, week]),
            "factor": pa.array(world.factor[:, week]),
        }
        self._factors.write(pa.table(table))
        sku = world.network.sku
        pair = np.flatnonzero((world.demand > 0) | ((world.empty_days > 0) & factors.is_listed[sku, week]))
        lost = world.demand - world.sold
        columns = {"demand": world.demand, "sold": world.sold, "lost": lost, "empty_days": world.empty_days}
        rows = {
            "sku": coded(sku[pair], world.catalog.name),
            "place": coded(world.network.place[pair], world.network.name),
            "week_start": same(monday.item(), len(pair)),
            **{name: pa.array(column[pair].astype(np.int32)) for name, column in columns.items()},
        }
        self._demand.write(pa.table(rows))
        for name in ("demand", "sold", "lost"):
            self.totals[name] += int(columns[name].sum())
        self._slow.close_week(world, week)

    def close(self, world: World) -> None:
        """Write what is known at the end, and finish all files."""
        for file in (self._demand, self._factors, self._fakes, self._planted):
            file.close()
        parquet.write_table(self._slow.table(world), self._folder / "slow_movers.parquet")
        plan = world.plan
        facts: dict[str, Any] = {
            "places": plan.places,
            "skus": plan.skus,
            "years": plan.years,
            "seed": plan.seed,
            "first_day": plan.first_day.isoformat(),
            "last_day": plan.day_date(plan.days - 1).isoformat(),
            "pairs": len(world.network.sku),
            "stores_keep_stock": bool(world.network.keeps_stock.all()),
            "totals": self.totals,
            "movements": world.journal.totals,
            "purchase_orders": world.order_count,
        }
        (self._folder / "totals.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
