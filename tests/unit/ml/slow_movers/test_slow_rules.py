from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import rules

HEALTHY = {
    "weeks_since_sale": 0.0,
    "cover_weeks_13": 5.0,
    "demand_trend": 0.0,
    "age_weeks": 40.0,
    "demand_cv_13": 0.4,
    "sold_13": 60.0,
    "sales_rank_share": 0.3,
}


@pytest.mark.parametrize(
    ("rule", "figures", "holds"),
    [
        ("no_sale_28d", {"weeks_since_sale": 4}, True),
        ("no_sale_28d", {"weeks_since_sale": 3}, False),
        ("cover_over_13_weeks", {"cover_weeks_13": 13.01}, True),
        ("cover_over_13_weeks", {"cover_weeks_13": 13.0}, False),
        ("cover_over_13_weeks", {"cover_weeks_13": 15 / (15 / 13)}, False),
        ("sales_down_40_age_90", {"demand_trend": -0.4, "age_weeks": 13}, True),
        ("sales_down_40_age_90", {"demand_trend": -0.4, "age_weeks": 12}, False),
        ("sales_down_40_age_90", {"demand_trend": -0.39, "age_weeks": 13}, False),
        ("sales_down_40_age_90", {"demand_trend": np.nan}, False),
        ("c_and_z", {"sales_rank_share": 0.95, "demand_cv_13": 1.01}, True),
        ("c_and_z", {"sales_rank_share": 0.94, "demand_cv_13": 1.01}, False),
        ("c_and_z", {"sales_rank_share": 0.95, "demand_cv_13": 1.0}, False),
        ("c_and_z", {"sales_rank_share": 0.95, "demand_cv_13": np.nan, "sold_13": 0}, True),
    ],
)
def test_rule_by_hand(rule: str, figures: dict[str, float], holds: bool) -> None:
    frame = pd.DataFrame([HEALTHY | figures])
    assert bool(rules.RULES[rule](frame).iloc[0]) is holds
    assert (rule in rules.flags(frame).iloc[0]) is holds


def test_healthy_stock_breaks_no_rule() -> None:
    assert rules.flags(pd.DataFrame([HEALTHY])).iloc[0] == []
