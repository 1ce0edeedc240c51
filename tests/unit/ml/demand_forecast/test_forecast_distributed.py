"""Training and scoring on a cluster of two workers, beside the same in this process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from distributed import Client, get_task_stream

from ml import metrics
from ml.demand_forecast import boosted, distributed, engine, panel
from ml.demand_forecast.distributed import ClusterError
from ml.demand_forecast.engine import Engine, Setting
from ml.demand_forecast.features import Features
from ml.demand_forecast.panel import Panel

SERIES, LENGTH, SETTING = 180, 60, Setting(horizon=4, season=52)
# Five trainings on two workers differed from local training by .5 to .9 % in WQL and in the total.
TOLERANCE = 0.02
DECILES = np.isin(metrics.QUANTILES, metrics.DECILES)
Door = Callable[..., int]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.cluster(distributed.HERE, workers=2) as address:
        assert address is not None
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def drawn() -> Panel:
    """Seasonal series of skewed demand, of which the last horizon is to be forecast."""
    draw = np.random.default_rng(5)
    rates, season = np.exp(draw.normal(1, 1.2, (SERIES, 1))), 1 + 0.4 * np.sin(np.arange(LENGTH + 4) / 52 * 2 * np.pi)
    demand = draw.poisson(rates * season * draw.gamma(8, 1 / 8, (SERIES, LENGTH + 4)))
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:03d}" for number in range(SERIES)], LENGTH + 4),
            "ds": np.tile(pd.date_range("2022-01-03", periods=LENGTH + 4, freq="W-MON"), SERIES),
            "y": demand.ravel().astype(float),
            "s_half": np.repeat(np.arange(SERIES) % 2, LENGTH + 4).astype(str),
        }
    )
    return panel.build(frame)


@pytest.fixture(scope="module")
def known(drawn: Panel) -> Panel:
    return drawn.until(LENGTH)


@pytest.fixture(scope="module")
def here(known: Panel) -> Engine:
    return engine.fit(known, SETTING)


@pytest.fixture(scope="module")
def there(known: Panel, client: Client) -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed, "CASES_PER_WORKER", 5_000)
        return engine.fit(known, SETTING, partial(distributed.train, client))


def wql(actual: np.ndarray, quantiles: np.ndarray) -> float:
    deciles = quantiles[..., DECILES].reshape(actual.size, -1)
    return float(metrics.wql(actual.ravel(), deciles, metrics.DECILES))


def test_the_same_engine_forecasts_the_same_on_workers(known: Panel, here: Engine, client: Client) -> None:
    with get_task_stream(client) as stream:
        found = distributed.forecast(client, here, known)
    scoring = [task["worker"] for task in stream.data if task["key"].startswith("forecast")]
    assert sorted(scoring) == sorted(client.nthreads())
    expected = engine.forecast(here, known)
    for name in ("mean", "quantiles", "classes", "naive", "models"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)


def test_fewer_series_than_workers_are_forecast(known: Panel, here: Engine, client: Client) -> None:
    one = known.select(np.array([7]))
    found = distributed.forecast(client, here, one)
    np.testing.assert_array_equal(found.quantiles, engine.forecast(here, one).quantiles)


def test_models_trained_on_two_workers_forecast_as_well(
    drawn: Panel, known: Panel, here: Engine, there: Engine
) -> None:
    for model in there.models.values():
        assert "[num_machines: 2]" in model.booster.model_to_string()
    actual = drawn.demand[:, LENGTH:]
    local, other = (engine.forecast(fitted, known, with_candidates=True) for fitted in (here, there))
    assert wql(actual, other.quantiles) == pytest.approx(wql(actual, local.quantiles), rel=TOLERANCE)
    assert other.mean.sum() == pytest.approx(local.mean.sum(), rel=TOLERANCE)
    boosts = [name for name in local.alone if name in boosted.LOSSES]
    assert len(boosts) == 2
    for name in boosts:
        assert other.alone[name][0].sum() == pytest.approx(local.alone[name][0].sum(), rel=TOLERANCE), name


def test_few_cases_are_learnt_by_one_worker_to_the_same_trees(known: Panel, here: Engine, client: Client) -> None:
    features = Features(known, SETTING.season, SETTING.horizon, here.encoding)
    rows = boosted.draw(features, SETTING.horizon, LENGTH, 8_000, SETTING.seed)
    fits = partial(boosted.fit, tuple(boosted.LOSSES), features, rows, trees=20)
    local, other = fits(), fits(trainer=partial(distributed.train, client))
    for name, model in local.items():
        pd.testing.assert_frame_equal(model.booster.trees_to_dataframe(), other[name].booster.trees_to_dataframe())


def test_what_fails_on_a_worker_is_told(client: Client, address: str) -> None:
    draw = np.random.default_rng(3)
    matrix, negative = draw.random((500, 3)).astype(np.float32), {boosted.MEAN: np.full(500, -1.0)}
    with pytest.raises(ClusterError, match=rf"workers of {address} broke off: .*label"):
        distributed.train(client, matrix, np.ones(500), negative, 5)


@pytest.mark.parametrize("command", ["forecast", "backtest"])
def test_the_door_gives_the_same_figures_with_a_cluster(
    door: Door, market: pd.DataFrame, tmp_path: Path, address: str, command: str
) -> None:
    few = market[market["unique_id"].isin(["p01", "p02", "p40"])]
    options = ("--horizon", "3", *(("--cutoffs", "1") if command == "backtest" else ()))
    found = []
    for dask in ((), ("--dask", address)):
        assert door(command, few, *options, *dask) == 0
        found.append(pd.read_parquet(tmp_path / "out.parquet"))
    pd.testing.assert_frame_equal(found[0], found[1], check_exact=True)


def test_a_cluster_of_this_machine_listens_here_and_leaves_nothing_behind() -> None:
    before = set(psutil.Process().children(recursive=True))
    with distributed.cluster(distributed.HERE, workers=1) as address, distributed.connected(address):
        started = set(psutil.Process().children(recursive=True)) - before
        listening = [at for process in started for at in process.net_connections() if at.status == "LISTEN"]
        assert {at.laddr.ip for at in listening} == {"127.0.0.1"}
    assert not {process for process in started if process.is_running() and "spawn_main" in "".join(process.cmdline())}


def unanswered(kind: str) -> tuple[socket.socket, str]:
    """Return a port that nobody listens at, or one that accepts and is silent."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    if kind == "silent":
        holder.listen()
    return holder, f"tcp://127.0.0.1:{holder.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["closed", "silent"])
def test_an_address_without_a_scheduler_is_refused(
    door: Door, market: pd.DataFrame, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(distributed, "ANSWER_SECONDS", 0.5)
    holder, nowhere = unanswered(kind)
    with holder:
        assert door("forecast", market, "--dask", nowhere) == 1
    message = capsys.readouterr().err
    assert f"no Dask scheduler answers at {nowhere} (nothing heard in 0.5 seconds)" in message
    assert "start one with `dask scheduler`" in message


def test_addresses_of_something_else_are_refused(client: Client) -> None:
    for other, reason in (("somewhere", "missing port"), ("http://x:1", "scheme"), (min(client.nthreads()), "Worker")):
        with (
            pytest.raises(ClusterError, match=rf"answers at {other} \(.*{reason}"),
            distributed.connected(other),
        ):
            pass


def test_workers_must_be_there_and_have_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(distributed, "ANSWER_SECONDS", 0.5)
    with distributed.cluster(distributed.HERE, workers=0) as empty:
        assert empty is not None
        with (
            pytest.raises(ClusterError, match=f"at {empty} has no workers: .*dask worker"),
            distributed.connected(empty),
        ):
            pass
        options = ["--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path)]
        arguments = [sys.executable, "-m", "dask", "worker", empty, *options]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        stranger = subprocess.Popen(arguments, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        try:
            monkeypatch.setattr(distributed, "ANSWER_SECONDS", 30)
            with pytest.raises(ClusterError, match="lack this project.*'ml'"), distributed.connected(empty):
                pass
        finally:
            stranger.terminate()
            stranger.wait(30)


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="install the extra `distributed`"), distributed.cluster("local"):
        pass


def test_without_a_cluster_nothing_of_dask_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with distributed.cluster(None) as address, distributed.connected(address) as backend:
        assert (backend.train, backend.forecast) == (boosted.train, engine.forecast)
