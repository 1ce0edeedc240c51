"""What is expected of each raw entity and of each model output, one module per table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from expectations.rules import Guard
from expectations.scope import Scope
from expectations.suites import demand_forecast, product_health, slow_movers
from expectations.suites.customer_order_lines import customer_order_lines
from expectations.suites.customers import customers
from expectations.suites.interactions import interactions
from expectations.suites.inventory_snapshots import inventory_snapshots
from expectations.suites.locations import locations
from expectations.suites.plans import budgets, calendars, lanes
from expectations.suites.prices import competitor_prices, price_lists
from expectations.suites.products import products
from expectations.suites.promotions import campaigns, promotions
from expectations.suites.purchase_order_lines import purchase_order_lines
from expectations.suites.purchase_orders import purchase_orders
from expectations.suites.quotations import quotations, rfqs
from expectations.suites.receipts import receipts
from expectations.suites.returns import returns
from expectations.suites.sales_lines import sales_lines
from expectations.suites.shipments import shipments
from expectations.suites.stock_lots import stock_lots
from expectations.suites.stock_movements import stock_movements
from expectations.suites.suppliers import supplier_products, suppliers
from expectations.suites.web_events import web_events

# Masters first: when a delivery is broken as a whole, they say it with the fewest words.
RAW: Mapping[str, Callable[[Scope], Guard]] = MappingProxyType(
    {
        "products": products,
        "locations": locations,
        "suppliers": suppliers,
        "supplier_products": supplier_products,
        "customers": customers,
        "campaigns": campaigns,
        "promotions": promotions,
        "purchase_orders": purchase_orders,
        "purchase_order_lines": purchase_order_lines,
        "receipts": receipts,
        "shipments": shipments,
        "inventory_snapshots": inventory_snapshots,
        "stock_movements": stock_movements,
        "sales_lines": sales_lines,
        "interactions": interactions,
        "customer_order_lines": customer_order_lines,
        "calendars": calendars,
        "lanes": lanes,
        "price_lists": price_lists,
        "budgets": budgets,
        "competitor_prices": competitor_prices,
        "rfqs": rfqs,
        "quotations": quotations,
        "returns": returns,
        "stock_lots": stock_lots,
        "web_events": web_events,
    }
)

MODELS: Mapping[str, tuple[str, Callable[[Scope], Guard]]] = MappingProxyType(
    {
        "demand_forecast": (demand_forecast.TABLE, demand_forecast.demand_forecast),
        "slow_movers": (slow_movers.TABLE, slow_movers.slow_movers),
        "product_health": (product_health.TABLE, product_health.product_health),
    }
)
