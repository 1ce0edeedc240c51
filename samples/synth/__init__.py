"""A fictitious company of any size whose true demand, suppliers and fake orders are known."""
