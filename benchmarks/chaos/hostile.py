"""Every kind of spoiled delivery, each with what must become of it, stated before it is delivered."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos import bombs, shop
from benchmarks.chaos.delivered import Spoiled, put

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3")
# Names that a shell, a glob, SQL or a path would read in its own way; {} is the date.
NAMES = (
    "sales_{}'); drop table raw.sales_lines; --.csv",
    "sales_{}_$(touch chaos)`id`.csv",
    "sales_{}_*?[a-z]{{x}}.csv",
    "sales_{}\n-- line.csv",
    "sales_{}\"; copy (select 1) to program 'id'; \".csv",
    "sales_{}_..\\..\\etc.csv",
    "sales_{}_%s%(x)s{{}}.csv",
    "sales_{}_\u202egpj.csv",
    "sales_{}_" + "x" * 200 + ".csv",
)


@dataclass(frozen=True)
class Kind:
    """A kind of spoiled delivery.

    Attributes:
        spoil: Spoils a company's folder.
        is_exact: Whether raw equals the clean run in the end: not where rows of a spoiled file were loaded.
        with_file: Whether the names of files are the same in the end.
        is_mended: Whether the good files are delivered afterwards: not where nothing is wrong with the rows.
        after_a_load: Whether everything was loaded before.
    """

    spoil: Callable[[Path, random.Random], Spoiled]
    is_exact: bool = True
    with_file: bool = True
    is_mended: bool = True
    after_a_load: bool = False


def _lines(folder: Path) -> list[str]:
    return (folder / shop.SALES).read_text().splitlines(keepends=True)


def _sales(folder: Path, content: bytes, status: str, message: str = "") -> Spoiled:
    put(folder / shop.SALES, content)
    return Spoiled("sales_lines", Path(shop.SALES).name, status, message)


def _copied(folder: Path, draw: random.Random) -> Spoiled:
    name = f"sales_copy{draw.randrange(99)}_{Path(shop.OLD_SALES).name[6:]}"
    put(folder / "till" / name, (folder / shop.OLD_SALES).read_bytes())
    return Spoiled("sales_lines", name, "skipped", "same content as")


def _packed_anew(folder: Path, draw: random.Random) -> Spoiled:
    content = gzip.decompress((folder / shop.OLD_SALES).read_bytes())
    put(folder / shop.OLD_SALES, gzip.compress(content, draw.randint(1, 8), mtime=draw.randrange(10**9)))
    return Spoiled("sales_lines", Path(shop.OLD_SALES).name, "skipped", "same content as")


def _renamed(folder: Path, draw: random.Random) -> Spoiled:
    name = f"sales_{shop.LAST_DAY}_{draw.randrange(99)}.csv"
    (folder / shop.SALES).rename(folder / "till" / name)
    return Spoiled("sales_lines", name, "skipped", "same content as")


def _cut(path: str, entity: str, status: str, message: str = "") -> Callable[[Path, random.Random], Spoiled]:
    def spoil(folder: Path, draw: random.Random) -> Spoiled:
        content = (folder / path).read_bytes()
        put(folder / path, content[: draw.randrange(len(content) // 2, len(content) - 1)])
        return Spoiled(entity, Path(path).name, status, message)

    return spoil


def _renamed_columns(folder: Path, draw: random.Random) -> Spoiled:
    column = draw.choice(["ITEM", "DAY", "RECEIPT"])
    first, *rest = _lines(folder)
    return _sales(folder, "".join([first.replace(column, f"{column}_NEW"), *rest]).encode(), "refused", column)


def _formulas(folder: Path, _: random.Random) -> Spoiled:
    rows = [(*row[:1], formula, *row[2:]) for row, formula in zip(shop.products(), FORMULAS, strict=True)]
    target = folder / shop.PRODUCTS
    target.unlink()
    shop.write_csv(target, ("ITEM", "NAME", "PRICE", "COST"), rows, "latin-1")
    return Spoiled("products", target.name, "loaded", texts=FORMULAS)


def _uncalculated(folder: Path, _: random.Random) -> Spoiled:
    target = folder / shop.STOCK
    target.unlink()
    shop.write_workbook(
        target, ("DAY", "SHOP", "ITEM", "ON_HAND", "COST"), [(str(shop.LAST_DAY), "north", "tea", "=1+1", 1)]
    )
    return Spoiled("inventory_snapshots", target.name, "refused", "formulas without a stored result")


def _linked(target: str) -> Callable[[Path, random.Random], Spoiled]:
    def spoil(folder: Path, draw: random.Random) -> Spoiled:
        name = f"sales_{shop.LAST_DAY}_{draw.randrange(99)}.csv"
        (folder / "till" / name).symlink_to(target)
        return Spoiled("sales_lines", name, "refused", "lies outside")

    return spoil


def _hostile_name(folder: Path, draw: random.Random) -> Spoiled:
    name = draw.choice(NAMES).format(shop.LAST_DAY)
    (folder / shop.SALES).rename(folder / "till" / name)
    return Spoiled("sales_lines", name, "loaded")


def _unprintable_name(folder: Path, _: random.Random) -> Spoiled:
    (folder / "till" / os.fsdecode(b"sales_\xe9_2024-01-20.csv")).write_text("RECEIPT\n")
    return Spoiled("sales_lines", "sales_\\xe9_2024-01-20.csv", "refused", "not UTF-8")


def _hostile_columns(folder: Path, draw: random.Random) -> Spoiled:
    first, *rest = _lines(folder)
    name = draw.choice(['"); drop table raw.products; --', "'; select 1; --", "_row_number", "{x}%s", "a\nb", ""])
    quoted = '"' + name.replace('"', '""') + '"'
    return _sales(folder, "".join([first.replace("NOTE", quoted), *rest]).encode(), "loaded")


def _with_nul(folder: Path, draw: random.Random) -> Spoiled:
    content = bytearray((folder / shop.SALES).read_bytes())
    content[draw.randrange(len(content))] = 0
    return _sales(folder, bytes(content), "refused", "NUL")


def _mixed_encodings(folder: Path, draw: random.Random) -> Spoiled:
    lines = [line.encode() for line in _lines(folder)]
    spoiled = draw.randrange(1, len(lines) // 4) * 4
    lines[spoiled] = lines[spoiled].decode().replace("tea", "thé").encode("latin-1")
    return _sales(folder, b"".join(lines), "refused", "not utf-8")


def _other_encoding(encoding: str, status: str, message: str = "") -> Callable[[Path, random.Random], Spoiled]:
    return lambda folder, _: _sales(folder, "".join(_lines(folder)).encode(encoding), status, message)


def _mixed_line_ends(folder: Path, draw: random.Random) -> Spoiled:
    lines = (line.rstrip("\r\n") + draw.choice(["\n", "\r\n"]) for line in _lines(folder))
    return _sales(folder, "".join(lines).encode(), "loaded")


def _empty(folder: Path, _: random.Random) -> Spoiled:
    return _sales(folder, b"", "refused", "the file is empty")


def _no_file(folder: Path, draw: random.Random) -> Spoiled:
    path = folder / "till" / f"sales_{shop.LAST_DAY}_x.csv"
    make: list[Callable[[Path], None]] = [os.mkfifo, Path.mkdir, lambda dangling: dangling.symlink_to("nowhere.csv")]
    draw.choice(make)(path)
    return Spoiled("sales_lines", path.name, "ignored")


def _unclosed_quote(folder: Path, draw: random.Random) -> Spoiled:
    lines = _lines(folder)
    spoiled = draw.randrange(1, len(lines))
    lines[spoiled] = '"' + lines[spoiled]
    return _sales(folder, "".join(lines).encode(), "loaded")


def _absurd_values(folder: Path, _: random.Random) -> Spoiled:
    values: Iterable[str] = ("1e400", "9" * 5_000, "NaN", "Infinity", "-0", "0x10", "１２", "1_000", "1\u00a0000")
    first, *rest = _lines(folder)
    # Keys of the clean run, whose own rows come again with the good file.
    rows = [f"big-{n},1,2024-01-21,north,tea,1,{value},,\n" for n, value in enumerate(values)]
    return _sales(folder, "".join([first, *rows, *rest]).encode(), "loaded")


KINDS = {
    "copy under another name": Kind(_copied),
    "the same, packed anew": Kind(_packed_anew, is_mended=False, after_a_load=True),
    "renamed after the load": Kind(_renamed, is_mended=False, after_a_load=True),
    "gzip cut off": Kind(_cut(shop.OLD_SALES, "sales_lines", "refused", "damaged or cut off")),
    "csv cut off": Kind(_cut(shop.SALES, "sales_lines", "loaded"), is_exact=False),
    "workbook cut off": Kind(_cut(shop.STOCK, "inventory_snapshots", "refused", "no readable xlsx workbook")),
    "parquet cut off": Kind(_cut(shop.MOVEMENTS, "stock_movements", "refused", "no readable parquet file")),
    "JSON lines cut off": Kind(_cut(shop.CUSTOMERS, "customers", "loaded"), is_exact=False),
    "renamed columns": Kind(_renamed_columns),
    "formula cells": Kind(_formulas, is_exact=False),
    "formulas without results": Kind(_uncalculated),
    "link out of the landing zone": Kind(_linked("/etc/passwd")),
    "link by dots to another company": Kind(_linked("../../clean/" + shop.SALES)),
    "SQL, shell or glob in a file name": Kind(_hostile_name, with_file=False, is_mended=False),
    "file name that is not UTF-8": Kind(_unprintable_name),
    "SQL in a column name": Kind(_hostile_columns, is_mended=False),
    "gzip bomb": Kind(bombs.gzip_bomb),
    "zip bomb as a workbook": Kind(bombs.workbook_bomb),
    "header of 10 million columns": Kind(bombs.wide_header),
    "JSON line of 10 million keys": Kind(bombs.wide_json),
    "parquet of 20,000 columns": Kind(bombs.wide_parquet),
    "endless line": Kind(bombs.endless_line),
    "JSON nested 100,000 deep": Kind(bombs.deep_json, is_exact=False),
    "NUL bytes": Kind(_with_nul),
    "mixed encodings": Kind(_mixed_encodings),
    "UTF-16 instead of UTF-8": Kind(_other_encoding("utf-16", "refused", "not utf-8|NUL")),
    "byte order mark": Kind(_other_encoding("utf-8-sig", "loaded"), is_mended=False),
    "mixed line ends": Kind(_mixed_line_ends, is_mended=False),
    "empty file": Kind(_empty),
    "pipe, folder or dangling link named like a file": Kind(_no_file),
    "unclosed quote": Kind(_unclosed_quote, is_exact=False),
    "absurd values": Kind(_absurd_values, is_exact=False),
}
