"""The same training and scoring on the workers of a Dask cluster."""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ml.demand_forecast import engine
from ml.demand_forecast.backend import LOCAL, Backend
from ml.demand_forecast.boosted import COMMON, LOSSES
from ml.demand_forecast.engine import Engine, Forecast
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats

HERE = "local"
# Seconds that a scheduler has to answer in, and to find its first worker.
ANSWER_SECONDS = 10
# A worker that is gone is noticed by the others after so many minutes of silence.
SILENCE_MINUTES = 5
# Every worker bins features and takes the medians of leaves by its own cases: fewer would tell them too roughly.
CASES_PER_WORKER = 30_000
# LightGBM's names to those of its estimators, whose defaults would otherwise stand beside them.
NAMES = {
    "min_data_in_leaf": "min_child_samples",
    "feature_fraction": "colsample_bytree",
    "bagging_fraction": "subsample",
    "bagging_freq": "subsample_freq",
    "lambda_l2": "reg_lambda",
    "min_sum_hessian_in_leaf": "min_child_weight",
    "seed": "random_state",
}


class ClusterError(ValueError):
    """No cluster can be reached, or its workers cannot do the work."""


@contextmanager
def cluster(where: str | None, workers: int | None = None) -> Iterator[str | None]:
    """Start a cluster if one of this machine is asked for, and stop it at the end.

    Args:
        where: Address of a scheduler, which is passed on; ``local`` for workers in processes of this machine, bound to
            127.0.0.1; None for no cluster.
        workers: Of a local cluster (default: one per processor).

    Yields:
        Address of the scheduler, None for no cluster.

    Raises:
        ClusterError: the packages are not installed.
    """
    if where != HERE:
        yield where
        return
    library = _library()
    with (
        tempfile.TemporaryDirectory(prefix="orw-dask-") as folder,
        library.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Without an address its web server takes the port of another cluster's, dashboard or not.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            local_directory=folder,
            env={"ORW_FORECAST_THREADS": "1"},
        ) as started,
    ):
        with library.Client(started) as client:
            client.run(_hush)
        yield started.scheduler_address


@contextmanager
def connected(address: str | None) -> Iterator[Backend]:
    """Connect to a scheduler.

    Args:
        address: Such as ``tcp://127.0.0.1:8786``; None for no cluster.

    Yields:
        What trains and scores on its workers, or in this process without an address.

    Raises:
        ClusterError: the packages are not installed, nobody answers at the address within 10 seconds, the scheduler has
            no workers, or they lack this project's code.
    """
    if address is None:
        yield LOCAL
        return
    library = _library()
    _ask(library, address)
    with library.Client(address, timeout=ANSWER_SECONDS) as client:
        _check(client, address)
        yield Backend(partial(train, client), partial(forecast, client))


def train(client: Any, matrix: np.ndarray, weight: Floats, labels: Mapping[str, Floats], trees: int) -> dict[str, Any]:
    """Fit boosted models as boosted.train does, each by all workers at once, which hold a part of the cases.

    Every worker has cases of all kinds: LightGBM takes the bins of a feature from those of one worker.

    Args:
        client: distributed.Client.
        matrix: Features, shape (m, features).
        weight: Of each case, shape (m,).
        labels: Name of LOSSES to what is learnt, shape (m,).
        trees: Rounds of boosting.

    Returns:
        Name to booster.

    Raises:
        ClusterError: the training broke off on a worker.
    """
    from lightgbm import DaskLGBMRegressor

    workers = sorted(client.nthreads())[: max(len(matrix) // CASES_PER_WORKER, 1)]
    cases, weights = (_dealt(client, workers, values) for values in (matrix, weight))
    parameters = {NAMES.get(name, name): value for name, value in COMMON.items()}
    boosters = {}
    for name, label in labels.items():
        model = DaskLGBMRegressor(
            client=client, objective=LOSSES[name][0], n_estimators=trees, time_out=SILENCE_MINUTES, **parameters
        )
        with _telling(client), redirect_stdout(None), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model.fit(cases, _dealt(client, workers, label), sample_weight=weights)
        boosters[name] = model.booster_
    return boosters


def forecast(client: Any, learned: Engine, panel: Panel) -> Forecast:
    """Forecast as engine.forecast does, to the same figures: each worker an equal share of the series.

    Every worker holds the whole panel, because series are seen beside their groups.

    Args:
        client: distributed.Client.
        learned: What engine.fit returned.
        panel: History, and what is known ahead.

    Raises:
        ClusterError: workers kept dying.
    """
    workers = sorted(client.nthreads())
    held = [client.scatter(one, hash=False) for one in (learned, panel)]
    shares = np.array_split(np.arange(len(panel.ids)), min(len(workers), len(panel.ids)))
    tasks = [
        client.submit(engine.forecast, *held, rows=rows, workers=[worker], allow_other_workers=True, pure=False)
        for worker, rows in zip(workers, shares, strict=False)
    ]
    with _telling(client):
        return engine.joined(client.gather(tasks))


def _dealt(client: Any, workers: list[str], values: np.ndarray) -> Any:
    """Deal rows out to workers in turn, and return them as a Dask array of one chunk per worker."""
    from dask import array, delayed

    parts = []
    for number, worker in enumerate(workers):
        own = values[number :: len(workers)]
        held = client.scatter(own, workers=[worker], hash=False)
        parts.append(array.from_delayed(delayed(held), own.shape, dtype=own.dtype))
    return array.concatenate(parts)


def _library() -> Any:
    try:
        return import_module("distributed")
    except ModuleNotFoundError as error:
        raise ClusterError(
            "--dask needs the packages dask and distributed: install the extra `distributed`, as `make setup` does"
        ) from error


def _ask(library: Any, address: str) -> None:
    """Ask who listens, because a client waits for ever for an answer of what is no scheduler."""

    async def identity() -> Any:
        arguments = library.Security().get_connection_args("client")
        async with library.core.rpc(address, connection_args=arguments) as listener:
            return await listener.identity()

    try:
        found = asyncio.run(asyncio.wait_for(identity(), ANSWER_SECONDS))["type"]
    # A web server's answer reads as the length of a message that no memory holds.
    except (OSError, ValueError, MemoryError) as error:
        found = str(error) or f"nothing heard in {ANSWER_SECONDS} seconds"
    if found != "Scheduler":
        raise ClusterError(
            f"no Dask scheduler answers at {address} ({found}): start one with `dask scheduler`, or use --dask {HERE}"
        )


def _check(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=ANSWER_SECONDS)
    except TimeoutError as error:
        raise ClusterError(
            f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`"
        ) from error
    try:
        client.run(find_spec, engine.__name__)
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"workers of {address} lack this project ({error}): start them in its folder, with its environment"
        ) from error


def _hush() -> None:
    """Drop what this process prints: LightGBM tells of every socket it opens, whatever its verbosity."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextmanager
def _telling(client: Any) -> Iterator[None]:
    from distributed import KilledWorker
    from lightgbm.basic import LightGBMError

    try:
        yield
    except (KilledWorker, LightGBMError) as error:
        raise ClusterError(f"workers of {client.scheduler.address} broke off: {error}") from error
