"""How goods are kept: temperature class and shelf life by department and category; assumed, no real source has it."""

from __future__ import annotations

from typing import NamedTuple


class Storage(NamedTuple):
    """Temperature class, and days from receipt to expiry (None: does not expire)."""

    temperature: str
    shelf_life_days: int | None


# The first word found in the category decides; categories not named here follow their department.
_BY_CATEGORY = (
    ("FRZN", "frozen", 270),
    ("FROZEN", "frozen", 270),
    ("ICE CREAM", "frozen", 270),
    ("FLUID MILK", "chilled", 20),
    ("MILK BY-PRODUCTS", "chilled", 25),
    ("EGGS", "chilled", 28),
    ("YOGURT", "chilled", 30),
    ("MISC. DAIRY", "chilled", 30),
    ("REFRGRATD JUICES", "chilled", 35),
    ("REFRGRATD DOUGH", "chilled", 60),
    ("REFRIGERATED", "chilled", 40),
    ("CHEESE", "chilled", 75),
    ("BUTTER", "chilled", 90),
    ("MARGARINES", "chilled", 120),
    ("BAKED BREAD", "ambient", 16),
    ("BAKED SWEET", "ambient", 21),
    ("BAG SNACKS", "ambient", 75),
    ("BEERS", "ambient", 150),
    ("SOFT DRINKS", "ambient", 240),
    ("ONIONS", "ambient", 40),
    ("POTATOES", "ambient", 40),
    ("DRIED FRUIT", "ambient", 180),
    ("NUTS", "ambient", 240),
    ("CANDY", "ambient", 330),
    ("BABY FOODS", "ambient", 365),
    ("INFANT FORMULA", "ambient", 365),
)
_BY_DEPARTMENT: dict[str, tuple[str, int | None]] = {
    "PRODUCE": ("chilled", 20),
    "MEAT": ("chilled", 20),
    "MEAT-PCKGD": ("chilled", 45),
    "DELI": ("chilled", 21),
    "PASTRY": ("ambient", 14),
    "SEAFOOD": ("chilled", 14),
    "SEAFOOD-PCKGD": ("frozen", 240),
    "SALAD BAR": ("chilled", 12),
    "FLORAL": ("chilled", 14),
    "NUTRITION": ("ambient", 365),
    "GROCERY": ("ambient", 400),
}
NO_EXPIRY = Storage("ambient", None)


def storage_of(department: str | None, category: str | None) -> Storage:
    """Look up how a product is kept.

    Args:
        department: Department of the real product master.
        category: Product category of the real product master.

    Returns:
        Temperature class and shelf life; ambient without expiry where nothing is assumed.
    """
    for word, temperature, days in _BY_CATEGORY:
        if word in (category or ""):
            return Storage(temperature, days)
    known = _BY_DEPARTMENT.get(department or "")
    return Storage(*known) if known else NO_EXPIRY


def supply_group(storage: Storage) -> str:
    """Name the group of suppliers that delivers goods kept this way.

    Returns:
        fresh, chilled, frozen, grocery or general.
    """
    if storage.shelf_life_days is None:
        return "general"
    if storage.shelf_life_days <= 21:
        return "fresh"
    return "grocery" if storage.temperature == "ambient" else storage.temperature
