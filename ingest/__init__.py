"""Extracts in: contracts, readers, checks, binary COPY into raw, quarantine and ledger."""
