"""What pandas makes of the deliveries of SCMS, straight from the file: lead times and prices by another way."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pandas as pd

# What stands in the list where a price is not known.
PLACEHOLDER_PRICE = 0.01


def deliveries(real_data: Path) -> pd.DataFrame:
    """Return the lines of the list, with the dates and the order's own fields as companies/scms maps them."""
    text = (real_data / "scms_delivery/SCMS_Delivery_History_Dataset.csv").read_bytes().replace(b"\r", b"\n")
    lines = pd.read_csv(BytesIO(text), sep="\t", dtype=str, keep_default_na=False)
    # An order has the fields of its first line, a product those of its last one.
    first = lines.drop_duplicates("PO / SO #").set_index("PO / SO #")
    sent, quoted = (
        pd.to_datetime(first[name], format="%m/%d/%y", errors="coerce")
        for name in ("PO Sent to Vendor Date", "PQ First Sent to Client Date")
    )
    groups = lines.drop_duplicates("Item Description", keep="last").set_index("Item Description")["Product Group"]
    return pd.DataFrame(
        {
            "order": lines["PO / SO #"],
            "vendor": lines["PO / SO #"].map(first["Vendor"]),
            "product": lines["Item Description"],
            "category": lines["Item Description"].map(groups),
            "ordered": lines["PO / SO #"].map(sent.fillna(quoted)),
            "scheduled": pd.to_datetime(lines["Scheduled Delivery Date"], format="%d-%b-%y"),
            "delivered": pd.to_datetime(lines["Delivered to Client Date"], format="%d-%b-%y"),
            "quantity": lines["Line Item Quantity"].astype(float),
            # Prices are kept to four places.
            "price": (lines["Line Item Value"].astype(float) / lines["Line Item Quantity"].astype(float)).round(4),
        }
    )


def lead_times(lines: pd.DataFrame, month: str, shrinkage: float) -> pd.DataFrame:
    """Return n, mean, sd, and both shrunk, per vendor, over the year that ends with a month."""
    lines = lines.assign(days=(lines["delivered"] - lines["ordered"]).dt.days)
    months = lines["delivered"].dt.to_period("M")
    lines = lines[(lines["days"] >= 0) & (months <= month) & (months > pd.Period(month) - 12)]
    observed = lines.drop_duplicates(["vendor", "order", "category", "delivered"])
    within = observed["days"] - observed.groupby(["vendor", "category"])["days"].transform("mean")
    by_category = observed.assign(squared=within**2).groupby("category")
    freedom = by_category.size() - by_category["vendor"].nunique()
    observed = observed.assign(
        prior_mean=observed["category"].map(by_category["days"].mean()),
        prior_variance=observed["category"].map(by_category["squared"].sum() / freedom.where(freedom > 0)),
    )
    found = observed.groupby("vendor").agg(
        n=("days", "size"),
        mean=("days", "mean"),
        sd=("days", "std"),
        prior_mean=("prior_mean", "mean"),
        prior_variance=("prior_variance", "mean"),
    )
    weight = found["n"] - 1 + shrinkage
    found["mean_shrunk"] = (found["n"] * found["mean"] + shrinkage * found["prior_mean"]) / (found["n"] + shrinkage)
    found["sd_shrunk"] = (
        ((found["n"] - 1) * found["sd"].fillna(0) ** 2 + shrinkage * found["prior_variance"]) / weight
    ) ** 0.5
    return found


def price_cvs(lines: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return how monthly prices vary per vendor and product ordered in a month, with the quantity of the year."""
    lines = lines[lines["price"] > PLACEHOLDER_PRICE]
    lines = lines.assign(
        month=lines["ordered"].fillna(lines["scheduled"]).dt.to_period("M"), value=lines["price"] * lines["quantity"]
    )
    year = lines[(lines["month"] <= month) & (lines["month"] > pd.Period(month) - 12)]
    monthly = year.groupby(["vendor", "product", "month"])[["value", "quantity"]].sum()
    monthly["price"] = monthly["value"] / monthly["quantity"]
    found = monthly.groupby(["vendor", "product"]).agg(
        mean=("price", "mean"), sd=("price", "std"), quantity=("quantity", "sum")
    )
    now = monthly.xs(pd.Period(month), level="month").index
    return found.loc[now].assign(cv=lambda frame: frame["sd"] / frame["mean"])


def product_shares(lines: pd.DataFrame, month: str) -> pd.Series:
    """Return the share that each vendor has in its products, mean over the order lines of a year."""
    months = lines["ordered"].fillna(lines["scheduled"]).dt.to_period("M")
    year = lines[(months <= month) & (months > pd.Period(month) - 12)]
    quantity = year.groupby(["vendor", "product"])["quantity"].transform("sum")
    share = quantity / year.groupby("product")["quantity"].transform("sum")
    return share.groupby(year["vendor"]).mean()
