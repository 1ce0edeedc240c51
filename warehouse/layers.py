"""Building the warehouse layer by layer, and no more of it than has changed."""

from __future__ import annotations

import logging
from datetime import date

from warehouse.batches import latest_business_date
from warehouse.builds import (
    complete_build,
    full_refresh_reason,
    is_built,
    is_up_to_date,
    start_build,
    unbuilt_batches,
)
from warehouse.dbt import run_dbt
from warehouse.fingerprint import project_fingerprint
from warehouse.publish import is_last_published, publish_all
from warehouse.selections import AFTER_ALERTS, AFTER_ML, LAYERS

logger = logging.getLogger(__name__)

# Unit tests try models on rows of their own, which no batch changes: `make test` runs them, builds test the data.
BUILD = ("build", "--exclude-resource-type", "unit_test")
# Tells the project that it built what stands, so that views are left as they are: macro is_same_project().
SAME_PROJECT = ("--exclude-resource-type", "exposure")


def build_layer(layer: str, build_id: str, company_id: str, business_date: date, *, full_refresh: bool = False) -> None:
    """Build and test the models of a layer, unless nothing they are made from has changed.

    Changed models make every table anew from all accepted batches, those of other companies included.

    Args:
        layer: One of LAYERS.
        build_id: Build whose batches the incremental models work on.
        company_id: Company of the run, recorded with the results.
        business_date: Business date of the run, recorded with the results.
        full_refresh: Make every table anew whatever has changed.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtRunError: a model failed, or dbt could not run.
    """
    if not full_refresh and is_up_to_date(build_id):
        logger.info("Nothing changed since the last build: the %s layer is up to date", layer)
        return
    reason = "asked for" if full_refresh else full_refresh_reason()
    if reason:
        logger.info("Every table of the %s layer is built anew, for all companies: %s", layer, reason)
    if layer == LAYERS[0]:
        start_build(build_id)
    options = ["--full-refresh"] if reason else []
    if not reason and is_built(project_fingerprint()):
        options += SAME_PROJECT
    run_dbt([*BUILD, "--selector", layer, *options], company_id, business_date, build_id)


def build_after_ml(company_id: str, business_date: date) -> None:
    """Build and test the marts that show forecasts and scores, and those on what runs and files did.

    Args:
        company_id: Company of the run, recorded with the results.
        business_date: Business date of the run, recorded with the results.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtRunError: a model failed, or dbt could not run.
    """
    # Some are made anew in place, which another project may have made otherwise.
    options = [] if is_last_published(project_fingerprint()) else ["--full-refresh"]
    # No batch has this id, but data tests look at what is made anew only, as in every build.
    run_dbt([*BUILD, "--selector", AFTER_ML, *options], company_id, business_date, AFTER_ML)


def build_after_alerts(company_id: str, business_date: date) -> None:
    """Build and test the marts of early warning, which show what it made of all the others.

    Args:
        company_id: Company of the run, recorded with the results.
        business_date: Business date of the run, recorded with the results.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtRunError: a model failed, or dbt could not run.
    """
    run_dbt([*BUILD, "--selector", AFTER_ALERTS], company_id, business_date, AFTER_ML)


def build_all(company_id: str) -> None:
    """Build and test every model anew from all accepted batches, and publish the marts of every company.

    Args:
        company_id: Company that the results are recorded for, with its last business date.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtRunError: a model failed, or dbt could not run.
    """
    day = latest_business_date(company_id)
    build_id = f"{company_id}@{day}/all"
    # They are not claimed: should this build fail, another one that had claimed them can still be taken up again.
    batches = unbuilt_batches()
    start_build(build_id)
    run_dbt([*BUILD, "--full-refresh"], company_id, day)
    complete_build(build_id, batches)
    publish_all()
