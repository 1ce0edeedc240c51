"""Extracts in a bucket: listed, brought near and loaded, against a server that speaks enough of S3."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from ingest.companies import CompanyError, UnreachableSourceError
from ingest.feeds import FileOptions
from ingest.locations import find_files

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

HEADER = "campaign_id,campaign_name,start_date,end_date\n"


class Bucket(BaseHTTPRequestHandler):
    """Serves the files below root as objects of the bucket called lake."""

    root: Path

    def do_HEAD(self) -> None:  # noqa: N802 - the name is given
        self._object(with_body=False)

    def do_GET(self) -> None:  # noqa: N802
        if "list-type" in parse_qs(urlsplit(self.path).query):
            self._list()
        else:
            self._object(with_body=True)

    def log_message(self, *_: object) -> None:
        return None

    def _list(self) -> None:
        prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
        files = sorted(path for path in self.root.rglob("*") if path.is_file())
        keys = {str(path.relative_to(self.root)): path.stat().st_size for path in files}
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size>"
            "<LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>"
            for key, size in keys.items()
            if key.startswith(prefix)
        )
        body = f"<ListBucketResult><Name>lake</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        self._answer(200, body.encode(), "application/xml")

    def _object(self, *, with_body: bool) -> None:
        path = self.root / unquote(urlsplit(self.path).path).removeprefix("/lake/")
        if not path.is_file():
            self._answer(404, b"", "application/xml")
            return
        content = path.read_bytes()
        start, end = 0, len(content)
        if "Range" in self.headers:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last) + 1, len(content))
        self._answer(206 if "Range" in self.headers else 200, content[start:end], "binary/octet-stream", with_body)

    def _answer(self, status: int, body: bytes, kind: str, with_body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    root = tmp_path / "lake"
    (root / "crm" / "2024").mkdir(parents=True)
    handler = type("Lake", (Bucket,), {"root": root})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield root, f"s3://key:pass@lake/crm?scheme=http&endpoint_override=127.0.0.1:{server.server_port}"
        server.shutdown()


def test_files_of_a_bucket(shop: Shop, lake: tuple[Path, str]) -> None:
    root, location = lake
    (root / "crm" / "2024" / "a.csv").write_text(HEADER + "c1,Spring,2024-01-01,2024-02-01\n")
    (root / "crm" / "notes.txt").write_text("not an extract")
    shop.configure({"entity": "campaigns", "files": "2024/*.csv"}, location=location)
    assert shop.load().refused == []
    assert shop.raw("campaign_id, _source_file") == [("c1", "2024/a.csv")]
    assert shop.load().entities["campaigns"].files_skipped == 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["top.csv"]),
        ("**/*.csv", ["2024/03/deep.csv", "2024/nested.csv", "top.csv"]),
        ("2024/*.csv", ["2024/nested.csv"]),
        ("2024/**", ["2024/03/deep.csv", "2024/nested.csv"]),
        ("2024/**/d[a-f]ep.c?v", ["2024/03/deep.csv"]),
        (".*.csv", [".hidden.csv"]),
        ("**/.kept/*", ["2024/.kept/d.csv"]),
    ],
    ids=["top", "any-depth", "folder", "below-folder", "marks", "hidden-file", "hidden-folder"],
)
@pytest.mark.usefixtures("state_dir")
def test_glob_finds_the_same_in_a_bucket_and_a_folder(
    lake: tuple[Path, str], pattern: str, expected: list[str]
) -> None:
    root, location = lake
    names = ("top.csv", ".hidden.csv", "2024/nested.csv", "2024/.hidden.csv", "2024/.kept/d.csv", "2024/03/deep.csv")
    for name in names:
        path = root / "crm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER)
    for place in (location, str(root / "crm")):
        assert [file.name for file in find_files(place, FileOptions(files=pattern))] == expected


def test_empty_bucket_is_named_without_its_keys(shop: Shop, lake: tuple[Path, str]) -> None:
    (lake[0] / "crm" / "notes.txt").write_text("not an extract")
    shop.configure({"entity": "campaigns", "files": "*.csv"}, location=lake[1])
    with pytest.raises(CompanyError, match=r"no file in s3://lake/crm matches \*.csv") as caught:
        shop.load()
    assert "pass" not in str(caught.value)


def test_bucket_that_does_not_answer_may_be_back(shop: Shop) -> None:
    location = "s3://key:pass@lake/crm?scheme=http&endpoint_override=127.0.0.1:1"
    shop.configure({"entity": "campaigns", "files": "*.csv"}, location=location)
    with pytest.raises(
        UnreachableSourceError, match=r"source crm: s3://lake/crm cannot be listed: .*NETWORK_CONNECTION"
    ):
        shop.load()
