"""Files that would fill memory or disk if somebody took them at their word."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.chaos import shop
from benchmarks.chaos.delivered import Spoiled, put

MEGABYTE = 1 << 20
COLUMNS = 10_000_000


def gzip_bomb(folder: Path, draw: random.Random) -> Spoiled:
    """Put 200 to 800 MB of zeros, or of a csv that never ends, into a small gzip."""
    piece = draw.choice([b"0" * MEGABYTE, b"a,b,c\n" * (MEGABYTE // 6)])
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(piece) for _ in range(draw.randint(200, 800))]
    name = "sales_bomb_2024-01-20.csv.gz"
    put(folder / "till" / name, b"".join([*parts, packer.flush()]))
    return Spoiled("sales_lines", name, "refused", "decompression bomb")


def workbook_bomb(folder: Path, draw: random.Random) -> Spoiled:
    """Put hundreds of megabytes of nothing into a workbook."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(draw.randint(100, 400)):
            sheet.write(b"0" * MEGABYTE)
    name = "stock_bomb_2024-01-20.xlsx"
    put(folder / "office" / name, buffer.getvalue())
    return Spoiled("inventory_snapshots", name, "refused", "decompression bomb")


def wide_header(folder: Path, draw: random.Random) -> Spoiled:
    """Name ten million columns; packed, or with a line end within a name, or plain."""
    header = draw.choice([b"", b'"a\nb",']) + b"a," * (COLUMNS - 1) + b"a\n1\n"
    is_packed = draw.random() < 0.5
    name = "sales_wide_2024-01-20.csv"
    put(folder / "till" / name, gzip.compress(header, 1) if is_packed else header)
    return Spoiled("sales_lines", name, "refused", "header|columns, more than|a line longer than|decompression bomb")


def wide_json(folder: Path, _: random.Random) -> Spoiled:
    """Give one object ten million keys, after one that is as it should be."""
    name = "customers_wide_2024-01-20.jsonl"
    with (folder / "office" / name).open("w") as file:
        file.write('{"id": "c0"}\n{"id": "c1"')
        for start in range(0, COLUMNS, 10_000):
            file.write("".join(f',"{number:x}":1' for number in range(start, start + 10_000)))
        file.write("}\n")
    return Spoiled("customers", name, "refused", "a line longer than")


def deep_json(folder: Path, _: random.Random) -> Spoiled:
    """Nest a list deeper than any parser goes."""
    name = "customers_deep_2024-01-20.jsonl"
    put(folder / "office" / name, b'{"id": "c0"}\n{"id": "c1", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")
    return Spoiled("customers", name, "loaded")


def wide_parquet(folder: Path, _: random.Random) -> Spoiled:
    """Give a parquet file more columns than any extract has."""
    name = "moves_wide_2024-01-20.parquet"
    table = pa.table({f"c{number}": pa.array([1], pa.int8()) for number in range(20_000)})
    pq.write_table(table, folder / "office" / name)
    return Spoiled("stock_movements", name, "refused", "20000 columns, more than 5000")


def endless_line(folder: Path, draw: random.Random) -> Spoiled:
    """Let the second line go on for tens of megabytes."""
    name = "sales_line_2024-01-20.csv"
    line = bytes(draw.choice(b"xyz,") for _ in range(1_000)) * 40_000
    put(folder / "till" / name, (",".join(shop.HEADER) + "\n").encode() + line + b"\n")
    return Spoiled("sales_lines", name, "refused", "a line longer than")
