"""Runs the company day by day and writes its extracts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from samples.synth import assortment, erp, freight, masters, parcels, pos, purchasing, web
from samples.synth.arrays import Rows, joined, where
from samples.synth.baskets import sale_lines
from samples.synth.brushing import fake_lines
from samples.synth.buying import place_orders, receive
from samples.synth.journal import OUTSIDE, SALE
from samples.synth.lots import Lots
from samples.synth.plan import Plan
from samples.synth.returning import plan_returns, take_back
from samples.synth.stock import scrap, sell, set_levels, supply_stores
from samples.synth.suppliers import QUARTER_DAYS
from samples.synth.truth import Truth
from samples.synth.world import draw_world, open_stock

Progress = Callable[[str], None]
SYSTEMS = ("erp", "pos", "crm", "web", "logistics")
_WEEKS_PER_LINE = 13


class Run:
    """A company that is being written, and what its current week has gathered."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.world = draw_world(plan)
        self.folders = {name: folder / name for name in SYSTEMS}
        for system in self.folders.values():
            system.mkdir(parents=True)
        self.truth = Truth(self.world, folder / "truth")
        self.connection = duckdb.connect(config={"threads": 1})
        self.lots = Lots()
        self.returned: list[Rows] = []
        self.transfers: list[Rows] = []
        self.web_lines: list[Rows] = []

    def run_day(self, day: int) -> None:
        """Receive, fill up stores, sell, take back, order."""
        world = self.world
        receive(world, day)
        delivery = supply_stores(world, day)
        if len(delivery.pair):
            self.transfers.append(parcels.transfer_rows(world, day, delivery))
        lines = sale_lines(world, day, sell(world, day))
        is_web = world.network.place[lines["pair"]] == world.network.web
        self.web_lines.append(where(lines, is_web) | {"day": np.full(int(is_web.sum()), day)})
        fakes = fake_lines(world, day, lines)
        if fakes is not None:
            lines = joined([lines, fakes])
        net = pos.write_sales(world, day, lines, self.folders["pos"])
        self.truth.add_lines(world, day, lines, net)
        parcels.send_parcels(world, day, lines)
        world.empty_days += world.stock == 0
        plan_returns(world, day, lines)
        returned = take_back(world, day)
        if returned is not None:
            self.returned.append(returned)
        place_orders(world, day)

    def open_week(self, week: int) -> None:
        """Write what holds from Monday on."""
        world, office = self.world, self.folders["erp"]
        assortment.write_items(world, week, office)
        assortment.write_prices(world, week, office)
        pos.write_promotions(world, week, self.folders["pos"])
        web.write_competitors(world, week, self.folders["web"])
        if week % (QUARTER_DAYS // 7) == 0:
            masters.write_terms(world, week // (QUARTER_DAYS // 7), office)
        set_levels(world, week)
        world.open_week()
        self.returned, self.transfers, self.web_lines = [], [], []

    def close_week(self, week: int) -> None:
        """Scrap, book the week's sales, and write what the week has brought."""
        world, sunday, office = self.world, 7 * week + 6, self.folders["erp"]
        scrap(world, sunday)
        world.journal.book(sunday, SALE, world.network.sku, world.network.place, OUTSIDE, world.sold + world.faked)
        movements = world.journal.take()
        if movements is not None:
            erp.write_movements(world, week, movements, office)
        erp.write_stock(world, week, office)
        lines = world.order_lines.changed(7 * week, sunday)
        received = purchasing.write_purchasing(world, week, lines, office)
        if received is not None:
            self.lots.receive(world, received)
        self.lots.write(world, week, office)
        self.truth.add_purchasing(world, week, lines)
        freight.write_freight(world, week, lines, self.transfers, self.folders["logistics"])
        assortment.write_requests(world, week, office)
        web.write_events(world, week, self.web_lines, self.folders["web"], self.connection)
        if self.returned:
            rows = joined(self.returned)
            pos.write_returns(world, week, rows, self.folders["pos"])
            self.truth.totals["returns"] += len(rows["line"])
        self.truth.close_week(world, week)


def write_company(plan: Plan, folder: Path, progress: Progress) -> None:
    """Write all extracts and the truth.

    Args:
        plan: Size and seed.
        folder: Empty folder.
        progress: Called with one line per step.
    """
    run = Run(plan, folder)
    world = run.world
    progress(
        f"{plan.dcs} distribution centers, a web shop and {plan.stores} stores list {len(world.network.sku)} pairs "
        f"of {plan.skus} items; {plan.first_day} to {plan.day_date(plan.days - 1)}"
    )
    if not world.network.keeps_stock.all():
        progress("stores keep no stock records at this size (--store-stock makes them)")
    masters.write_plants(world, run.folders["erp"])
    masters.write_lanes(world, run.folders["erp"])
    masters.write_vendors(world, run.folders["erp"])
    masters.write_customers(world, run.folders["crm"])
    assortment.write_budgets(world, run.folders["erp"])
    for week in range(plan.weeks):
        run.open_week(week)
        if week == 0:
            open_stock(world)
        for day in range(7 * week, 7 * week + 7):
            run.run_day(day)
        run.close_week(week)
        if (week + 1) % _WEEKS_PER_LINE == 0 or week + 1 == plan.weeks:
            progress(f"week {week + 1} of {plan.weeks}: {run.truth.totals['lines']:,} sales lines")
    run.truth.close(world)
    run.connection.close()
