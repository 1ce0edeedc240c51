"""Early warning: what leaves its usual range, what it may cost, who does what about it until when."""
