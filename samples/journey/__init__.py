"""The company journey: real sales, promotions and households, and an ERP replayed over them."""
