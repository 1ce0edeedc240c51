"""Customers, and the device and address each of them orders from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Ints, numbered
from samples.synth.plan import Plan, Stream

_PER_STORE = 300
_HOUSEHOLD_SHARE = 0.08
_NEW_SHARE = 0.1
_HASH_FACTOR = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Customers:
    """One entry per customer in each array.

    Attributes:
        name: Customer number.
        store: Home store, counted from 0 among the stores; customers of one store lie together.
        per_store: Customers of each store.
        device: Number of the device; some households share one.
        signup_day: Day of registration: before the history, so negative.
        device_hash: Text of each device.
        address_hash: Text of each address; a device has one address.
    """

    name: pa.Array
    store: Ints
    per_store: int
    device: Ints
    signup_day: Ints
    device_hash: pa.Array
    address_hash: pa.Array

    def newest(self) -> Ints:
        """Return the accounts that registered last."""
        return np.argsort(self.signup_day, kind="stable")[-max(1, round(len(self.store) * _NEW_SHARE)) :]


def _hashes(prefix: str, seed: int, count: int) -> pa.Array:
    salt = sum(prefix.encode()) + (seed << 8)
    return pa.array([f"{((i + 1) * _HASH_FACTOR ^ (salt * _HASH_FACTOR)) & _MASK:016x}" for i in range(count)])


def draw_customers(plan: Plan) -> Customers:
    """Draw all customers."""
    rng, count = plan.random(Stream.CUSTOMERS), _PER_STORE * plan.stores
    device = np.arange(count)
    shares = rng.random(count) < _HOUSEHOLD_SHARE
    shares[0] = False
    device[shares] -= 1
    return Customers(
        name=numbered("C", count, 7),
        store=np.repeat(np.arange(plan.stores), _PER_STORE),
        per_store=_PER_STORE,
        device=device,
        signup_day=rng.integers(-1500, 0, count),
        device_hash=_hashes("device", plan.seed, count),
        address_hash=_hashes("address", plan.seed, count),
    )
