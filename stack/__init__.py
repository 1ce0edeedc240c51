"""Running Airflow on one machine: the supervisor of its processes, and the runner of the whole chain."""
