"""What the DAGs share: assets, the company and business date of a run, pools, retries, alerts."""
