"""Risk scores, rules and actions against figures by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planning.alerts import actions, risk, rules
from planning.alerts.elasticity import Elasticity
from warehouse.alert_policy import AlertLimits, Alerts

DAY = date(2024, 3, 3)
ELASTIC = {"Drinks": Elasticity(-2.0, -2.4, -1.6, 30, 3000, 0.3, is_supported=True)}
# A quiet item: sells 10 a week, 40 in stock, delivered within two weeks by somebody steady, priced as its rivals.
USUAL: dict[str, Any] = {
    "product_id": "P", "planning_location_id": "DC1", "planning_location_name": "Depot", "product_name": "Tea",
    "category_1": "Drinks", "category_2": None, "uom": "EA", "currency": "USD", "list_price": 5.0, "unit_cost": 3.0,
    "is_active": True, "sold_quantity": 40.0, "sold_weeks": 4, "stockout_days": 0.0, "promoted_share": 0.0,
    "sold_price": 5.0, "usual_weekly_quantity": 10.0, "usual_weekly_sd": 1.0, "usual_weeks": 13,
    "usual_promoted_share": 0.0, "on_hand_quantity": 40.0, "on_hand_amount": 120.0, "inbound_quantity": 0.0,
    "forecast_4w_quantity": 40.0, "forecast_13w_quantity": 130.0, "forecast_weeks": 13, "unsold_probability": 0.0,
    "expected_unsold_quantity": 0.0, "expected_unsold_amount": 0.0, "scored_quantity": 40.0, "slow_reason": None,
    "overdue_quantity": np.nan, "overdue_amount": np.nan, "overdue_days": np.nan, "supplier_id": "S",
    "supplier_name": "Steady", "supplier_risk_index": 20.0, "lead_time_days": 14.0, "alternative_suppliers": "Other",
    "price_index": 100.0, "own_price": 5.0, "competitor_price": 5.0, "competitor_price_minimum": 4.8,
    "undercut_pct": 0.0, "price_week": pd.Timestamp("2024-02-26"), "usual_price_index": 100.0,
    "usual_price_index_sd": 1.0, "usual_price_weeks": 16, "view_count": 40.0, "usual_view_count": 130.0,
}  # fmt: skip


def scored(*changes: dict[str, Any], policy: Alerts | None = None, elastic: bool = True) -> pd.DataFrame:
    """Return items scored: one per change of the usual one, and a large steady one that keeps the category's pace."""
    steady = {"product_id": "STEADY", "sold_quantity": 40000.0, "usual_weekly_quantity": 10000.0}
    items = pd.DataFrame([USUAL | steady, *(USUAL | change for change in changes)])
    found = risk.score(items, policy or Alerts(), ELASTIC if elastic else {}, DAY, stockouts_lose_sales=True)
    return found.assign(unsold_limit=0.5, medium_probability=0.3)[1:].reset_index(drop=True)


def noticed(*changes: dict[str, Any], **options: Any) -> pd.DataFrame:
    return rules.signals(scored(*changes, **options), 0, {})


def only(*changes: dict[str, Any], **options: Any) -> pd.Series:
    found = noticed(*changes, **options)
    assert len(found) == 1, found[["rule_id", "level", "value"]]
    return found.iloc[0]


def test_usual_item_raises_nothing() -> None:
    item = scored({}).iloc[0]
    assert len(noticed({})) == 0
    assert item["demand_deviation"] == 0
    # Standard 40 in four weeks; two standard deviations of four weeks: 2 x 1 x 2 = 4 around it.
    assert (item["demand_low"], item["demand_high"]) == pytest.approx((36, 44), rel=1e-3)
    # Variation 1 / 10 over 2 = .05 at weight .15: .0075.
    assert item["demand_score"] == pytest.approx(100 * 0.15 * 0.05)
    # Risk index 20 at weight .4; four weeks of cover for the three needed.
    assert item["supply_score"] == pytest.approx(100 * 0.4 * 0.2)
    # Elasticity 2 of 3 at weight .2.
    assert item["competition_score"] == pytest.approx(100 * 0.2 * 2 / 3)


def test_falling_demand_counts_from_the_border_of_the_usual_range() -> None:
    # 20 of 36 to 44: 16 below, over 40: 40 %. At 5 a week 65 of 100 sell in a quarter, and 35 at 3.00 are at risk.
    row = only({"sold_quantity": 20.0, "on_hand_quantity": 100.0, "forecast_13w_quantity": 65.0})
    assert (row["rule_id"], row["direction"], row["level"]) == ("demand_falls", "surplus", "red")
    assert row["deviation"] == pytest.approx(0.4, rel=2e-3)
    assert row["value"] == pytest.approx(35 * 3.0)


@pytest.mark.parametrize(
    ("sold", "level"), [(32.1, "watch"), (34.1, None), (31.9, "yellow"), (27.9, "orange"), (23.9, "red")]
)
def test_levels_are_ten_twenty_and_thirty_percent(sold: float, level: str | None) -> None:
    found = noticed({"sold_quantity": sold, "on_hand_quantity": 500.0})
    assert list(found["level"]) == ([level] if level else [])


def test_season_of_the_category_is_no_deviation() -> None:
    # Everything in the category sells half as much.
    halves = [{"product_id": f"P{i}", "sold_quantity": 20.0, "on_hand_quantity": 100.0} for i in range(5)]
    halved = pd.DataFrame([USUAL | change for change in halves])
    items = risk.score(halved, Alerts(), {}, DAY, stockouts_lose_sales=True)
    assert items["demand_standard"].tolist() == pytest.approx([20.0] * 5)
    assert (items["demand_deviation"] == 0).all()


def test_days_out_of_stock_are_made_up_for() -> None:
    # 20 sold in the 14 days with stock is a pace of 40.
    assert scored({"sold_quantity": 20.0, "stockout_days": 14.0}).iloc[0]["demand_quantity"] == pytest.approx(40)
    # Of fewer days nobody knows.
    assert np.isnan(scored({"sold_quantity": 20.0, "stockout_days": 15.0}).iloc[0]["demand_quantity"])


def test_days_out_of_stock_count_as_they_are_where_they_lose_no_sales() -> None:
    items = pd.DataFrame([USUAL | {"sold_quantity": 20.0, "stockout_days": 24.0}])
    found = risk.score(items, Alerts(), {}, DAY, stockouts_lose_sales=False)
    assert found.iloc[0]["demand_quantity"] == 20


def test_rising_demand_is_at_risk_with_its_margin_unless_it_was_promoted() -> None:
    # 80 in four weeks is 20 a week, 60 in the three weeks needed; 40 are there, 20 are missing at a margin of 2.
    row = only({"sold_quantity": 80.0})
    assert (row["rule_id"], row["direction"], row["value"]) == ("demand_rises", "shortage", pytest.approx(40.0))
    assert len(noticed({"sold_quantity": 80.0, "promoted_share": 0.5})) == 0


def test_slow_mover_is_what_is_expected_to_be_left_beyond_the_limit() -> None:
    slow = {"unsold_probability": 0.7, "expected_unsold_quantity": 30.0, "expected_unsold_amount": 90.0}
    row = only(slow)
    # 30 of 40 is 75 %, half as much again as the limit of 50 %.
    assert (row["rule_id"], row["level"], row["value"]) == ("slow_mover", "red", 90.0)
    assert row["deviation"] == pytest.approx(0.5)
    assert len(noticed(slow | {"unsold_probability": 0.29})) == 0


def test_stock_that_runs_out_before_it_can_be_delivered() -> None:
    # Two weeks of cover for three needed, and 1.645 x 1 x 3 ** .5 = 2.849 pieces beside: 3.285 weeks are safe. Ten will
    # be missing at a margin of 2, whatever a scatter of 1.7 does.
    row = only({"on_hand_quantity": 20.0})
    assert (row["rule_id"], row["level"], row["value"]) == ("stock_runs_out", "red", pytest.approx(20.0))
    assert row["deviation"] == pytest.approx(1 - 2 / 3.2849, rel=1e-4)
    assert row["missing_quantity"] == pytest.approx(12.849, rel=1e-4)


def test_scattering_demand_runs_out_although_its_mean_is_covered() -> None:
    # 1.645 x 8 x 3 ** .5 = 22.79 pieces of safety: 5.279 weeks, of which four are there. k = 10 / 13.856 = .7217, and
    # G(k) = .3075 - .7217 x .2352 = .1377: 1.909 pieces are expected to be missing.
    row = only({"usual_weekly_sd": 8.0})
    assert (row["rule_id"], row["level"]) == ("stock_runs_out", "orange")
    assert row["deviation"] == pytest.approx(1 - 4 / 5.2792, rel=1e-4)
    assert row["value"] == pytest.approx(2 * 1.909, rel=2e-3)
    # Half a chance asks for no safety stock.
    assert len(noticed({"usual_weekly_sd": 8.0}, policy=Alerts(service_level=0.5))) == 0


def test_late_supplier_matters_as_far_as_the_goods_are_needed() -> None:
    late = {"overdue_quantity": 50.0, "overdue_days": 7.0, "on_hand_quantity": 25.0, "inbound_quantity": 50.0}
    row = only(late)
    # Half a lead time late; 30 are needed in three weeks, 25 are there: 5 at a margin of 2.
    assert (row["rule_id"], row["level"], row["value"]) == ("supplier_late", "red", pytest.approx(10.0))
    assert len(noticed(late | {"on_hand_quantity": 40.0})) == 0


def test_cheaper_rival_beyond_the_usual_range_of_prices() -> None:
    # 114 for 98 to 102: 12 % beyond. Demand of 40 gives way by 2 x 12 %, at a margin of 2: 19.20.
    row = only({"price_index": 114.0})
    assert (row["rule_id"], row["dimension"], row["level"]) == ("rival_cheaper", "competition", "yellow")
    assert row["value"] == pytest.approx(19.2)


def test_three_critical_dimensions_are_red_whatever_else() -> None:
    critical = {
        "sold_quantity": 80.0, "usual_weekly_sd": 10.0, "unsold_probability": 0.9, "view_count": 200.0,
        "supplier_risk_index": 90.0, "on_hand_quantity": 5.0, "overdue_days": 14.0, "overdue_quantity": 10.0,
        "price_index": 140.0, "undercut_pct": 1.0, "usual_price_index": 140.0,
    }  # fmt: skip
    policy = Alerts(limits=(AlertLimits(effective_from=date(2000, 1, 1), critical_score=45),))
    found = noticed(critical, policy=policy)
    row = found[found["rule_id"] == "three_dimensions"].iloc[0]
    assert (row["level"], row["direction"]) == ("red", "shortage")
    assert len(found[found["rule_id"] == "three_dimensions"]) == 1


def test_unknown_figures_leave_their_part_out() -> None:
    unknown = dict.fromkeys(["price_index", "usual_price_index", "undercut_pct", "supplier_id"], np.nan)
    item = scored(unknown | {"lead_time_days": np.nan, "supplier_risk_index": np.nan, "usual_weeks": 5}).iloc[0]
    assert np.isnan(item["competition_score"])
    assert np.isnan(item["supply_score"])
    # Nothing but attention and the score of slow movers, both without risk.
    assert item["demand_score"] == pytest.approx(100 * 0.15 * 0.05 / 0.6)
    assert len(noticed(unknown | {"sold_quantity": 0.0, "usual_weeks": 5})) == 0


def test_limits_and_playbooks_of_a_category_hold_from_their_day_on() -> None:
    general = AlertLimits(effective_from=date(2000, 1, 1))
    strict = AlertLimits(
        effective_from=date(2024, 3, 1),
        category="Drinks",
        yellow=0.05,
        orange=0.06,
        red=0.07,
        surplus_playbook="response",
    )
    later = strict.model_copy(update={"effective_from": date(2024, 4, 1), "red": 0.9})
    row = only({"sold_quantity": 31.9, "on_hand_quantity": 500.0}, policy=Alerts(limits=(general, strict, later)))
    assert (row["level"], row["limit_surplus_playbook"]) == ("red", "response")


def test_learnt_factor_moves_the_limits_of_one_rule_and_category() -> None:
    item = {"sold_quantity": 27.9, "on_hand_quantity": 500.0}
    assert list(rules.signals(scored(item), 0, {("demand_falls", "Drinks"): 2.0})["level"]) == ["yellow"]
    assert list(rules.signals(scored(item), 0, {("demand_falls", "Food"): 2.0})["level"]) == ["orange"]
    assert list(
        rules.signals(scored(item), 0, {("demand_falls", ""): 2.0, ("demand_falls", "Drinks"): 1.0})["level"]
    ) == ["orange"]


def test_gain_of_a_discount_by_hand() -> None:
    # 100 in stock, demand 50 at 10.00, salvage 2.00, elasticity -2: at 20 % off 50 / .8^2 = 78.125 sell at 8.00.
    gain = actions.gain(10.0, 100.0, 50.0, 2.0, np.array([0.2, 0.5]), -2.0)
    # Held: 50 x 10 + 50 x 2 = 600. 78.125 x 8 + 21.875 x 2 = 668.75. At half price all 100 sell: 500.
    assert gain == pytest.approx([68.75, -100.0])


def advice(changes: dict[str, Any], *others: dict[str, Any], **options: Any) -> actions.Advice:
    items = scored(changes, *others, **options)
    found = rules.signals(items.head(1), 0, {})
    assert len(found) == 1
    return actions.advise(found, items, options.get("policy") or Alerts())[0]


SLOW = {"on_hand_quantity": 400.0, "scored_quantity": 400.0, "unsold_probability": 0.7, "expected_unsold_amount": 900.0}


def slow(share: float) -> dict[str, Any]:
    return SLOW | {"expected_unsold_quantity": share * 400.0}


def test_yellow_surplus_lowers_the_price_as_far_as_it_pays_and_history_goes() -> None:
    # Salvage .3 x 3 = .9; 400 in stock, 130 wanted. e = -2: q = 130 / (1-d)^2, gain (5(1-d) - .9) q - 4.1 x 130 is
    # largest at the largest discount in history, 30 %: (3.5 - .9) x 265.306 - 533 = 156.80.
    found = advice(slow(0.57))
    assert (found.action, found.effect) == ("adjust_price", pytest.approx(156.80, abs=0.01))
    assert found.details is not None
    assert (found.details["discount_pct"], found.details["new_price"]) == (0.3, 3.5)
    # At the weak end, -1.6: 2.6 x 130 / .56514 - 533 = 65.08.
    assert found.details["effect_low"] == pytest.approx(65.08, abs=0.01)


def test_without_elasticity_nobody_is_told_a_price() -> None:
    assert advice(slow(0.57), elastic=False).action == "review"


def test_orange_surplus_goes_where_it_is_needed_and_nowhere_twice() -> None:
    needy = {"planning_location_id": "DC2", "planning_location_name": "North", "on_hand_quantity": 30.0}
    other = slow(0.62) | {"planning_location_id": "DC3"}
    items = scored(slow(0.62), other, needy)
    found = rules.signals(items[items["planning_location_id"] != "DC2"], 0, {})
    first, second = actions.advise(found, items, Alerts())
    # DC2 needs 130 - 30 = 100: at 3 - .9 - .15 = 1.95 a piece.
    assert (first.action, first.quantity, first.effect) == ("transfer", 100.0, pytest.approx(195.0))
    assert first.details == {"to_location_id": "DC2", "to_location_name": "North"}
    assert second.action != "transfer"


@pytest.mark.parametrize(("uom", "quantity", "effect"), [("EA", 99.0, 193.05), ("KG", 99.6, 194.22)])
def test_nobody_moves_a_fraction_of_a_piece(uom: str, quantity: float, effect: float) -> None:
    needy = {"planning_location_id": "DC2", "on_hand_quantity": 30.4}
    items = scored(slow(0.62), needy).assign(uom=uom)
    (found,) = actions.advise(rules.signals(items[items["planning_location_id"] != "DC2"], 0, {}), items, Alerts())
    assert (found.action, found.quantity, found.effect) == ("transfer", quantity, pytest.approx(effect))


def test_what_is_ordered_covers_what_is_missing_in_whole_pieces() -> None:
    found = advice({"on_hand_quantity": 23.5})
    # 6.5 are missing at a margin of 2, 9.35 with the safety stock: half a piece cannot be ordered.
    assert (found.action, found.quantity, found.effect) == ("replenish", 10.0, pytest.approx(13.0, abs=0.01))


def test_red_surplus_is_cleared_with_or_without_a_figure() -> None:
    assert advice(slow(0.9)).action == "clear"
    found = advice(slow(0.9), elastic=False)
    assert (found.action, found.quantity, found.effect) == ("clear", 360.0, None)


def test_playbook_of_response_stops_orders_and_calls_the_team() -> None:
    policy = Alerts(limits=(AlertLimits(effective_from=date(2000, 1, 1), surplus_playbook="response"),))
    found = advice(slow(0.62) | {"inbound_quantity": 50.0}, policy=policy)
    # 50 on order that nobody needs: at 3 - .9 = 2.10 a piece.
    assert (found.action, found.quantity, found.effect) == ("stop_orders", 50.0, pytest.approx(105.0))
    assert advice(slow(0.57), policy=policy).action == "review"
    assert advice(slow(0.9), policy=policy).action == "crisis_team"


def test_shortage_is_reviewed_replenished_or_taken_to_the_crisis_team() -> None:
    assert advice({"on_hand_quantity": 26.5}).action == "review"
    found = advice({"on_hand_quantity": 23.0})
    # Seven are missing, and three of safety stock save nothing for sure.
    assert (found.action, found.quantity, found.effect) == ("replenish", 10.0, pytest.approx(14.0))
    crisis = advice({"on_hand_quantity": 10.0})
    assert (crisis.action, crisis.details) == ("crisis_team", {"alternative_suppliers": "Other"})


def test_late_supplier_is_hastened_at_a_price() -> None:
    found = advice({"overdue_quantity": 50.0, "overdue_days": 3.5, "on_hand_quantity": 25.0, "inbound_quantity": 50.0})
    # 5 pieces at 2 - .1 x 3 = 1.70.
    assert (found.action, found.effect) == ("expedite", pytest.approx(8.5))


def test_only_what_is_on_order_comes_sooner_and_the_rest_is_ordered() -> None:
    policy = Alerts(limits=(AlertLimits(effective_from=date(2000, 1, 1), shortage_playbook="clearance"),))
    # 16 of the 33 that are safe are there or on order, and 14 are expected to be missing until a delivery.
    found = advice({"on_hand_quantity": 10.0, "inbound_quantity": 6.0}, policy=policy)
    assert (found.action, found.quantity, found.effect) == ("expedite", 6.0, pytest.approx(6 * 1.7))
    found = advice({"on_hand_quantity": 16.0}, policy=policy)
    assert (found.action, found.quantity, found.effect) == ("replenish", 17.0, pytest.approx(28.0))


@pytest.mark.parametrize(
    ("worth", "moved", "told"),
    [
        # The depot goes first: it sends the 107 that fit in the north, which then lacks nothing.
        (900.0, 107.0, {"promised_quantity": 107.0}),
        # The north goes first: it fetches the nine that it lacks, and then has room for 98 more.
        (10.0, 98.0, {"from_location_id": "DC1", "from_location_name": "Depot"}),
    ],
    ids=["surplus-first", "shortage-first"],
)
def test_one_stock_is_not_promised_from_both_sides(worth: float, moved: float, told: dict[str, object]) -> None:
    policy = Alerts(limits=(AlertLimits(effective_from=date(2000, 1, 1), shortage_playbook="clearance"),))
    needy = {"planning_location_id": "DC2", "planning_location_name": "North", "on_hand_quantity": 23.0}
    items = scored(slow(0.62) | {"expected_unsold_amount": worth}, needy, policy=policy)
    away, lacking = actions.advise(rules.signals(items, 0, {}), items, policy)
    assert (away.action, away.quantity) == ("transfer", moved)
    assert lacking.details == told


def test_of_a_surplus_the_action_that_saves_more_is_advised() -> None:
    needy = {"planning_location_id": "DC2", "planning_location_name": "North", "on_hand_quantity": 30.0}
    # 30 % off brings 156.80; the 100 that the north can take save 195.
    found = advice(slow(0.9), needy)
    assert (found.action, found.effect) == ("transfer", pytest.approx(195.0))


def test_clearance_that_loses_money_is_not_advised() -> None:
    # What costs 3.00 is left for 2.90 anyway: no discount brings more.
    policy = Alerts(salvage_share=0.97)
    assert advice(slow(0.9), policy=policy).action == "review"


def test_one_danger_to_an_item_is_told_once() -> None:
    both = slow(0.9) | {"sold_quantity": 20.0}
    found = noticed(both).set_index("rule_id")
    assert found["level"].to_dict() == {"slow_mover": "red", "demand_falls": "watch"}
    assert found.loc["demand_falls", "covered_by"] == "slow_mover"
    elsewhere = noticed(slow(0.9), {"sold_quantity": 20.0, "on_hand_quantity": 100.0, "planning_location_id": "DC2"})
    assert sorted(elsewhere["level"]) == ["red", "red"]


def test_every_playbook_has_an_action_for_every_level() -> None:
    for direction in ("surplus", "shortage"):
        for playbook in ("response", "clearance"):
            for level in rules.LEVELS:
                assert set(actions.PLAYBOOKS[(direction, playbook)][level]) <= set(actions.ACTIONS)
