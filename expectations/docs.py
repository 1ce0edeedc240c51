"""Data Docs: the latest validation of every gate as web pages."""

from __future__ import annotations

import html
import shutil
from pathlib import Path

from expectations.context import open_project
from warehouse.settings import get_settings

SITE = "gate"


def build(target: Path | None = None) -> list[Path]:
    """Write the pages of every company and checkpoint that has run.

    Args:
        target: Folder to replace; None for build/data_docs in the project.

    Returns:
        The index pages, the one that lists the others first.
    """
    folder = target or get_settings().project_dir / "build" / "data_docs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    root = get_settings().state_dir / "expectations"
    pages = [_build_site(project, folder / project.relative_to(root)) for project in sorted(root.glob("[!.]*/[!.]*"))]
    index = folder / "index.html"
    index.write_text(_index(folder, pages), encoding="utf-8")
    return [index, *pages]


def _build_site(project: Path, target: Path) -> Path:
    context = open_project(project, {})
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(target)}
    context.variables.data_docs_sites = {
        SITE: {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": store,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    }
    context.build_data_docs(site_names=[SITE])
    return target / "index.html"


def _index(folder: Path, pages: list[Path]) -> str:
    names = [html.escape(page.parent.relative_to(folder).as_posix()) for page in pages]
    links = "\n".join(f'<li><a href="{name}/index.html">{name}</a></li>' for name in names)
    body = f"<ul>\n{links}\n</ul>" if names else "<p>No gate has run yet.</p>"
    head = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Data Docs</title>'
    return f"{head}\n<h1>Gates</h1>\n{body}\n</html>\n"
