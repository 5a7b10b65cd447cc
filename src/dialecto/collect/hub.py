"""A data set of the Hugging Face hub at one commit: its files as published, or its rows."""

from __future__ import annotations

import os

from dialecto.collect.child import run_child
from dialecto.collect.snapshot import Findings, Job
from dialecto.recipe import HubSource
from dialecto.runtime.environment import user_is_offline


def collect_hub(job: Job, section: HubSource) -> Findings:
    """Files that are there already, whole, are not fetched again. Scripts are never run."""
    if user_is_offline():
        raise job.fail(
            "HF_HUB_OFFLINE says that the hub is not to be asked. Unset it, or take the snapshot "
            "where there is a network and copy the project."
        )
    environment = {
        "HF_HUB_OFFLINE": "0",
        "HF_DATASETS_OFFLINE": "0",
        "TRANSFORMERS_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # The token of HF_TOKEN or none: not one that lies in somebody's home folder.
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        # Plain HTTP from the endpoint: one place to ask, and hashes that can be compared.
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str((job.state / "home").resolve()),
    }
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    job.record(
        "collect.open",
        {"source": job.name, "endpoint": endpoint, "dataset": section.dataset,
         "revision": section.revision},
    )  # fmt: skip
    job.progress.begin(f"collect: {job.name}", None, "MB")
    try:
        return run_child(
            job, "dialecto.collect.hub_files", {"section": section.model_dump()}, environment
        )
    finally:
        job.progress.end()
