"""Landing zone of the company journey: written beside its place and renamed into it when complete."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from samples.journey.assortment import select_assortment
from samples.journey.crm import write_campaigns, write_events, write_households
from samples.journey.drawn import write_drawn
from samples.journey.inventory import register_places, write_lots, write_movements, write_snapshots
from samples.journey.items import item_versions, write_items
from samples.journey.overbuys import plant_overbuys
from samples.journey.partners import write_plants, write_terms, write_vendors
from samples.journey.pos import write_codes, write_promotions, write_sales
from samples.journey.price_lists import write_price_lists
from samples.journey.prices import base_costs, monthly_list_prices
from samples.journey.purchasing import register_purchasing, write_lines, write_orders, write_receipts
from samples.journey.replay import Progress, run_replay
from samples.journey.source import DAYS, FIRST_DAY, day_date, day_number, open_source
from samples.journey.suppliers import draw_suppliers
from samples.journey.terms import draw_terms
from samples.journey.truth import write_truth
from samples.landing import LandingError, marker, refuse_foreign, standing, write_whole

DEFAULT_SEED = 2017
SYSTEMS = ("pos", "erp", "crm", "tms", "desk", "market", "web")
LAST_DAY = day_date(DAYS - 1)


def _check(out: Path, through: date) -> None:
    if not FIRST_DAY <= through <= LAST_DAY:
        raise LandingError(f"--through is {through}: the data reach from {FIRST_DAY} to {LAST_DAY}")
    refuse_foreign(out)


def _write(folder: Path, truth: Path, seed: int, days: int, products: int | None, progress: Progress) -> None:
    for system in SYSTEMS:
        (folder / system).mkdir(parents=True)
    pos, erp, crm = (folder / name for name in ("pos", "erp", "crm"))
    progress("read the real data")
    source = open_source()
    assortment = select_assortment(source, products)
    prices = monthly_list_prices(source, assortment)
    costs = base_costs(assortment, prices, seed)
    suppliers = draw_suppliers(seed)
    terms = draw_terms(assortment, suppliers, costs, seed)
    overbuys = plant_overbuys(assortment, seed)
    progress(f"replay an ERP for {assortment.product_count} products at {len(assortment.pair_place)} stock places")
    replay = run_replay(assortment, suppliers, terms, overbuys, seed, days, progress)
    progress("write erp/")
    register_places(source, assortment)
    register_purchasing(source, replay, suppliers)
    write_plants(source, erp)
    write_vendors(suppliers, erp)
    write_terms(suppliers, terms, assortment, erp, days)
    write_items(source, erp, days, assortment, item_versions(assortment, terms, prices, costs, seed))
    write_orders(source, erp, days)
    write_lines(source, erp, days)
    write_receipts(source, erp)
    write_movements(source, replay, erp)
    write_snapshots(source, replay, assortment, erp)
    write_lots(source, replay, assortment, erp)
    write_price_lists(source, assortment, prices, erp, days)
    progress("draw the other systems")
    drawn = write_drawn(source, folder, days, seed, assortment, suppliers, terms, prices)
    progress("write crm/")
    write_households(source, crm)
    write_campaigns(source, crm)
    write_events(source, crm, days)
    progress("write pos/")
    write_codes(source, pos)
    write_promotions(source, pos, days)
    write_sales(source, pos, days)
    write_truth(truth, seed, assortment, suppliers, overbuys, replay, drawn)


def generate(
    out: Path,
    truth: Path,
    seed: int = DEFAULT_SEED,
    through: date = LAST_DAY,
    products: int | None = None,
    progress: Progress = lambda _: None,
) -> bool:
    """Write the landing zone, unless the same one already stands.

    Args:
        out: Landing folder of the company; replaced as a whole, so that nobody meets half of it.
        truth: File for what the replay drew; outside out.
        seed: Seed of the replay.
        through: Last day of the extracts; an earlier day gives the same files up to that day.
        products: Number of planned products for a small slice; all when None.
        progress: Called with one line per step.

    Returns:
        True when files were written, False when they stood already.

    Raises:
        LandingError: through lies outside the data, or out holds foreign files.
        SourceMissingError: the package with the real data is not installed.
    """
    _check(out, through)
    run = marker("journey", {"seed": seed, "through": through.isoformat(), "products": products})
    if truth.exists() and standing(out) == run:
        return False
    days = day_number(through) + 1
    write_whole(out, run, lambda folder: _write(folder, truth, seed, days, products, progress))
    return True
