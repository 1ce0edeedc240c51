"""Product health: an index from 0 to 100 that adds up what twelve indicators say of a product."""
