"""Who has to act hears of it: red alerts at once, everything else in one digest a day."""
