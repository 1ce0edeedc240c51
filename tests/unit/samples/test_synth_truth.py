"""The truth of the fictitious company agrees with its files, and what was drawn behaves as the truth says."""

from __future__ import annotations

import json
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from samples.synth.stock import draw_demand
from samples.synth.suppliers import Suppliers, draw_suppliers
from samples.synth.truth import CLASSES, weekly_class

# A figure drawn rightly lies further off in fewer than one of 15,000 seeds.
LIMIT = 4.0


@pytest.fixture(scope="module")
def weeks(synth: Any) -> pd.DataFrame:
    """Every pair and week with its true mean, by the formula of docs/samples.md; weeks without demand included."""
    return synth.extracts.execute(
        """
        select sku, place, week_start, kind, pairs.dispersion, is_promoted,
            base_weekly_mean * factor as mean, coalesce(demand, 0) as demand, coalesce(lost, 0) as lost
        from true_pairs as pairs
        join true_factors_weekly using (sku)
        join true_items using (sku)
        left join true_demand_weekly using (sku, place, week_start)
        where is_listed
        """
    ).df()


def score(frame: pd.DataFrame) -> float:
    """Return how many standard deviations total demand lies from its true mean."""
    return float((frame["demand"] - frame["mean"]).sum() / sqrt((frame["mean"] * frame["dispersion"]).sum()))


def test_demand_is_what_was_sold_and_what_was_lost(synth: Any) -> None:
    rows, wrong, lost, without_reason = synth.extracts.execute(
        """
        select count(*), count(*) filter (demand <> sold + lost or lost < 0), sum(lost),
            count(*) filter (lost > 0 and empty_days = 0)
        from true_demand_weekly
        """
    ).fetchone()
    assert rows > 10_000
    assert wrong == 0
    assert lost > 0
    assert without_reason == 0, "sales are lost on days that close empty"


def test_registers_rang_up_what_the_truth_says_was_sold(synth: Any) -> None:
    assert synth.extracts.execute(
        """
        with rung as (
            select SKU as sku, STORE as place, date_trunc('week', TRX_DAY)::date as week_start, sum(QTY) as rung
            from sales anti join true_fake_orders on TRX_NO = transaction group by all
        )
        select count(*) > 10000, count(*) filter (coalesce(sold, 0) <> coalesce(rung, 0))
        from true_demand_weekly full join rung using (sku, place, week_start)
        """
    ).fetchone() == (True, 0)


def test_totals_are_those_of_the_files(synth: Any) -> None:
    facts = json.loads((synth.folder / "truth/totals.json").read_text())
    lines, units, cents, returns = synth.extracts.execute(
        "select count(*), sum(QTY), (sum(NET_AMT) * 100)::bigint, (select count(*) from returns) from sales"
    ).fetchone()
    totals = facts["totals"]
    assert (totals["lines"], totals["units"], totals["net_cents"], totals["returns"]) == (lines, units, cents, returns)
    assert totals["demand"] == totals["sold"] + totals["lost"]
    assert totals["units"] == totals["sold"] + totals["fake_units"]
    codes = {"opening": "561", "receipt": "101", "transfer": "301", "sale": "251", "return": "651", "scrap": "551"}
    found = dict(
        synth.extracts.execute("select MVT, (count(*), sum(QTY)::bigint) from movements group by 1").fetchall()
    )
    assert {codes[name]: (part["rows"], part["units"]) for name, part in facts["movements"].items()} == found


def test_demand_has_its_true_mean_in_every_kind(weeks: pd.DataFrame) -> None:
    assert set(weeks["kind"]) == {"dense", "intermittent", "promoted", "censored", "new", "overbought"}
    scores = weeks.groupby("kind", observed=True)[["demand", "mean", "dispersion"]].apply(score)
    assert scores.abs().max() < LIMIT


def test_promoted_weeks_have_their_true_mean(weeks: pd.DataFrame) -> None:
    promoted = weeks[weeks["is_promoted"]]
    assert len(promoted) > 1_000
    assert abs(score(promoted)) < LIMIT


def test_true_quantiles_cover_demand_as_they_should(weeks: pd.DataFrame) -> None:
    # SciPy's distributions are the oracle: Poisson, or negative binomial with variance dispersion times mean.
    sold = weeks[weeks["mean"] > 0]
    extra = sold["dispersion"].to_numpy() - 1
    mean, wide = sold["mean"].to_numpy(), extra > 0
    size, chance = mean / np.where(wide, extra, 1), 1 / sold["dispersion"].to_numpy()
    for level in (0.5, 0.75, 0.9, 0.975):
        quantile = np.where(wide, stats.nbinom.ppf(level, size, chance), stats.poisson.ppf(level, mean))
        expected = np.where(wide, stats.nbinom.cdf(quantile, size, chance), stats.poisson.cdf(quantile, mean))
        covered = (sold["demand"].to_numpy() <= quantile).sum()
        assert abs(covered - expected.sum()) / sqrt((expected * (1 - expected)).sum()) < LIMIT


def test_demand_has_the_variance_asked_for() -> None:
    rng, count = np.random.default_rng(3), 200_000
    for dispersion in (1.0, 1.5, 5.0):
        drawn = draw_demand(rng, np.full(count, 2.0), np.full(count, dispersion))
        assert drawn.mean() == pytest.approx(2.0, abs=LIMIT * sqrt(2.0 * dispersion / count))
        assert drawn.var() == pytest.approx(2.0 * dispersion, rel=0.05)
    assert draw_demand(rng, np.zeros(3), np.array([1.0, 2.0, 5.0])).tolist() == [0, 0, 0]


def test_uplift_is_the_price_by_its_elasticity_times_display(synth: Any) -> None:
    rows, furthest = synth.extracts.execute(
        """
        with prices as (
            select distinct SKU as sku, date_trunc('week', TRX_DAY)::date as week_start,
                (UNIT_PRICE / LIST_PRICE)::double as ratio
            from sales anti join true_fake_orders on TRX_NO = transaction where PROMO_ID is not null
        )
        select count(*), max(abs(uplift / (ratio ** elasticity * display_uplift) - 1))
        from prices join true_factors_weekly using (sku, week_start) join true_items using (sku)
        where is_promoted
        """
    ).fetchone()
    assert rows > 300
    assert furthest < 1e-6


@pytest.mark.parametrize(
    ("mean", "dispersion", "expected"),
    # By hand: share of weeks with demand and CV² of their sizes; Poisson with mean 20 hardly varies, and so on.
    [(20.0, 1.0, "smooth"), (0.5, 1.0, "intermittent"), (20.0, 15.0, "erratic"), (1.0, 6.0, "lumpy")],
)
def test_demand_classes(mean: float, dispersion: float, expected: str) -> None:
    rng = np.random.default_rng(1)
    drawn = draw_demand(rng, np.full(100_000, mean), np.full(100_000, dispersion))
    sizes = drawn[drawn > 0]
    interval, cv2 = len(drawn) / len(sizes), sizes.var() / sizes.mean() ** 2
    simulated = {
        (False, False): "smooth",
        (True, False): "intermittent",
        (False, True): "erratic",
        (True, True): "lumpy",
    }
    assert simulated[interval > 1.32, cv2 > 0.49] == expected
    assert CLASSES[int(weekly_class(np.array([mean]), np.array([dispersion]))[0])].as_py() == expected


@pytest.fixture(scope="module")
def deliveries(synth: Any) -> pd.DataFrame:
    """Closed orders with what is true of their suppliers."""
    return synth.extracts.execute(
        """
        select suppliers.*, PO_NBR, CNF_DT, PO_DT, arrived, (arrived - PO_DT)::int as lead
        from orders
        join (select PO_NBR, max(GR_TS)::date as arrived from receipts group by 1) using (PO_NBR)
        join true_suppliers as suppliers on supplier = VENDOR_NO
        where PO_DT < (select max(PO_DT) from orders) - 60
        """
    ).df()


def bernoulli_score(hits: pd.Series, chance: pd.Series) -> float:
    return float((hits.sum() - chance.sum()) / sqrt((chance * (1 - chance)).sum()))


def test_suppliers_are_as_late_as_they_truly_are(deliveries: pd.DataFrame) -> None:
    assert len(deliveries) > 100
    is_on_time = deliveries["arrived"] <= deliveries["CNF_DT"]
    assert 0 < is_on_time.sum() < len(is_on_time)
    assert abs(bernoulli_score(is_on_time, deliveries["on_time"])) < LIMIT
    error = (deliveries["lead"] - deliveries["lead_days_mean"]).sum()
    assert abs(error) / sqrt((deliveries["lead_days_sd"] ** 2).sum()) < LIMIT


def test_suppliers_deliver_as_much_as_they_truly_do(synth: Any) -> None:
    lines = synth.extracts.execute(
        """
        select suppliers.*, ORD_QTY, RCV_QTY, REJ_QTY from order_lines
        join orders using (PO_NBR) join true_suppliers as suppliers on supplier = VENDOR_NO
        where order_lines.STAT_CD = '40'
        """
    ).df()
    assert abs(bernoulli_score(lines["RCV_QTY"] == lines["ORD_QTY"], lines["in_full"])) < LIMIT
    expected = lines["RCV_QTY"] * lines["rejected"]
    spread = sqrt((expected * (1 - lines["rejected"])).sum())
    assert abs(lines["REJ_QTY"].sum() - expected.sum()) / spread < LIMIT


def test_moments_of_the_lead_time_are_those_of_what_is_drawn(synth: Any) -> None:
    suppliers: Suppliers = draw_suppliers(synth.plan)
    mean, sd = suppliers.lead_moments()
    rng, count = np.random.default_rng(5), 400_000
    early = rng.choice([0, 1, 2], count, p=[0.7, 0.2, 0.1])
    late = stats.geom.rvs(1 / suppliers.late_days[0], size=count, random_state=rng)
    lead = suppliers.quoted_days[0] + np.where(rng.random(count) < suppliers.on_time[0], -early, late)
    assert lead.mean() == pytest.approx(mean[0], abs=LIMIT * sd[0] / sqrt(count))
    assert lead.std() == pytest.approx(sd[0], rel=0.02)


def test_slow_movers_are_recomputed_from_stock_and_sales(synth: Any) -> None:
    rows, wrong, slow = synth.extracts.execute(
        """
        with areas as (select PLANT, coalesce(SUPPLY_PLANT, PLANT) as dc from plants),
        on_hand as (
            select SKU, dc, CLOSING_DT, sum(QTY_OH) as stock from stock join areas using (PLANT) group by all
        ),
        sold as (
            select slow.sku, slow.dc, slow.stock_date, coalesce(sum(QTY), 0) as sold
            from true_slow_movers as slow
            join areas on areas.dc = slow.dc
            join sales on sales.STORE = areas.PLANT and sales.SKU = slow.sku
                and TRX_DAY between stock_date + 1 and stock_date + 126
            group by all
        )
        select count(*),
            count(*) filter (
                on_hand.stock <> slow.stock
                or abs(unsold_share - greatest(slow.stock - coalesce(sold, 0), 0) / slow.stock) > 1e-9
                or is_slow <> (unsold_share > 0.5)
            ),
            count(*) filter (is_slow)
        from true_slow_movers as slow
        left join sold using (sku, dc, stock_date)
        join on_hand on on_hand.SKU = slow.sku and on_hand.dc = slow.dc and CLOSING_DT = stock_date
        """
    ).fetchone()
    assert rows == synth.extracts.execute("select count(*) from true_slow_movers").fetchone()[0]
    assert rows > 1_000
    assert wrong == 0
    assert 0 < slow < rows / 2


def test_planted_buys_were_ordered(synth: Any) -> None:
    planted, found = synth.extracts.execute(
        """
        select count(*), count(*) filter (ordered_units >= planted_units and exists (
            select 1 from order_lines join orders using (PO_NBR)
            where order_lines.SKU = planted.sku and SHIP_TO = dc and PO_DT = order_date and ORD_QTY = ordered_units
        ))
        from true_overbuys as planted
        """
    ).fetchone()
    assert planted >= 8
    assert found == planted


@pytest.fixture(scope="module")
def fakes(synth: Any) -> dict[str, pd.DataFrame]:
    """Lines of fake orders by kind."""
    lines = synth.extracts.execute("select * from true_fake_orders join sales on TRX_NO = transaction").df()
    assert len(lines) == synth.extracts.execute("select count(*) from true_fake_orders").fetchone()[0]
    assert set(lines["CHANNEL"]) == {"WEB"}
    return {str(kind): group for kind, group in lines.groupby("kind", observed=True)}


def test_bursts_and_shared_devices_show(fakes: dict[str, pd.DataFrame]) -> None:
    by_item = ["date", "sku"]
    span = fakes["burst"].groupby(by_item, observed=True)["TRX_TS"].agg(lambda when: when.max() - when.min())
    assert (span <= pd.Timedelta(minutes=10)).mean() > 0.9
    for hashes in ("DEVICE_HASH", "ADDRESS_HASH"):
        assert (fakes["shared_device"].groupby(by_item, observed=True)[hashes].nunique() == 1).mean() > 0.9


def test_anomalous_prices_show(fakes: dict[str, pd.DataFrame]) -> None:
    anomalous = fakes["price_anomaly"]
    assert (anomalous["UNIT_PRICE"].astype(float) < 0.25 * anomalous["LIST_PRICE"].astype(float)).all()


def test_instant_returns_come_back_within_the_hour(synth: Any, fakes: dict[str, pd.DataFrame]) -> None:
    fast, count = synth.extracts.execute(
        """
        select count(*) filter (epoch(RETURN_TS) - epoch(TRX_TS) between 120 and 3600), count(*)
        from returns join sales using (TRX_NO, LINE_NO) join true_fake_orders on TRX_NO = transaction
        """
    ).fetchone()
    assert fast == count == len(fakes["instant_return"])
