"""A first look at a file: its hashes, and what makes it unfit to be read at all."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pyarrow as pa

from ingest.feeds import FileOptions, Format

CHUNK_BYTES = 1 << 20
# Real extracts reach 30; a stream of one repeated byte reaches 1,000.
MAX_COMPRESSION_RATIO = 250
RATIO_MATTERS_FROM_BYTES = 64 << 20
MAX_HEADER_BYTES = 1 << 20
# Readers take a line apart as a whole: one of 40 MB costs gigabytes.
LONGEST_LINE_BYTES = 1 << 20
_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_COMPRESSED_SUFFIXES = (".gz", ".zst", ".zstd")
_MAGIC: dict[bytes, Literal["gzip", "zstd"]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# The longer ones first: that of UTF-32 begins like that of UTF-16.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class RefusedFileError(ValueError):
    """A file is refused whole; the message names the reason and the remedy."""


def reason(error: Exception) -> str:
    """Return the first line of what an error says, or its type where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@dataclass(frozen=True)
class TextTraits:
    """What reading a text file needs to know.

    Attributes:
        compression: Compression of the file.
        has_mixed_line_ends: True when some lines end in CR LF and some in LF.
        byte_count: Uncompressed size.
        line_end: What ends a line: LF, also after CR, or CR where no LF is.
        quote_count: How often the quote character was seen.
    """

    compression: Literal["none", "gzip", "zstd"]
    has_mixed_line_ends: bool
    byte_count: int
    line_end: Literal["\n", "\r"] = "\n"
    quote_count: int = 0


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hexadecimal text."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def unpacked_hash(path: Path) -> str | None:
    """Return the SHA-256 of what a gzip or zstd file holds, however it was packed; None for other files.

    Raises:
        RefusedFileError: the file is empty, damaged, cut off, or packed beyond measure.
    """
    compression = compression_of(path)
    if compression == "none":
        return None
    digest = hashlib.sha256()
    for chunk in _chunks(path, compression):
        digest.update(chunk)
    return digest.hexdigest()


def file_format(name: str, options: FileOptions) -> Format:
    """Return the format of a file: the declared one, or the one its name says.

    Raises:
        RefusedFileError: neither says it.
    """
    if options.format:
        return options.format
    path = Path(name.lower())
    suffix = Path(path.stem).suffix if path.suffix in _COMPRESSED_SUFFIXES else path.suffix
    if suffix not in _SUFFIXES:
        known = ", ".join(sorted(set(_SUFFIXES.values())))
        raise RefusedFileError(f"its name does not tell the format: declare format, one of {known}")
    return _SUFFIXES[suffix]


def compression_of(path: Path) -> Literal["none", "gzip", "zstd"]:
    """Tell the compression by the first bytes, because names lie.

    Raises:
        RefusedFileError: the file is empty.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    if not start:
        raise RefusedFileError("the file is empty (0 bytes): a delivery without rows still needs its header")
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "none")


def inspect_text(path: Path, encoding: str, quote: str = "") -> TextTraits:
    """Read a text file through once and tell how to read it; quote is the character to count.

    Raises:
        RefusedFileError: it is empty, truncated, not text, not in the encoding, too compressed, or without line ends
            where a header should end.
    """
    compression = compression_of(path)
    scan = _Scan(encoding, quote.encode())
    for chunk in _chunks(path, compression):
        scan.feed(chunk)
    scan.finish()
    has_mixed_line_ends = 0 < scan.pair_count < scan.line_feed_count
    line_end: Literal["\n", "\r"] = "\r" if scan.has_return and not scan.line_feed_count else "\n"
    return TextTraits(compression, has_mixed_line_ends, scan.byte_count, line_end, scan.quote_count)


def open_binary(path: Path, compression: str) -> BinaryIO:
    """Open a file for reading its uncompressed bytes."""
    if compression == "none":
        return path.open("rb")
    stream: Any = pa.CompressedInputStream(pa.OSFile(str(path)), compression)
    return cast("BinaryIO", stream)


def _chunks(path: Path, compression: str) -> Iterator[bytes]:
    """Yield the uncompressed bytes of a file, as long as they are in proportion to its size."""
    limit = max(RATIO_MATTERS_FROM_BYTES, path.stat().st_size * MAX_COMPRESSION_RATIO)
    byte_count = 0
    try:
        with open_binary(path, compression) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
                byte_count += len(chunk)
                if compression != "none" and byte_count > limit:
                    raise RefusedFileError(
                        f"it unpacks to more than {MAX_COMPRESSION_RATIO} times its size, like a decompression bomb: "
                        "deliver it uncompressed if it is genuine"
                    )
    except OSError as error:
        raise RefusedFileError(f"the {compression} stream is damaged or cut off ({error}): deliver it again") from error


class _Scan:
    """What has been seen of a text so far."""

    def __init__(self, encoding: str, quote: bytes) -> None:
        self.encoding = encoding
        self.quote = quote
        self.quote_count = 0
        self.is_utf8 = codecs.lookup(encoding).name == "utf-8"
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.byte_count = 0
        self.line_feed_count = 0
        self.pair_count = 0
        self.has_return = False
        self.ends_in_return = False
        self.open_line_bytes = 0

    def feed(self, chunk: bytes) -> None:
        if self.is_utf8:
            self._require_no_other_text(chunk)
        self._decode(chunk)
        self.byte_count += len(chunk)
        self.line_feed_count += chunk.count(b"\n")
        if self.quote:
            self.quote_count += chunk.count(self.quote)
        # A pair may lie across two chunks.
        self.pair_count += self.ends_in_return and chunk.startswith(b"\n")
        self.ends_in_return = chunk.endswith(b"\r")
        if b"\r" in chunk:
            self.has_return = True
            self.pair_count += chunk.count(b"\r\n")
        if self.byte_count > MAX_HEADER_BYTES and not (self.line_feed_count or self.has_return):
            raise RefusedFileError(f"its first line is longer than {MAX_HEADER_BYTES} bytes: that is no header")
        self._measure_lines(chunk)

    def finish(self) -> None:
        if not self.byte_count:
            raise RefusedFileError("the file is empty (0 bytes): a delivery without rows still needs its header")
        self._decode(b"", final=True)

    def _require_no_other_text(self, chunk: bytes) -> None:
        """Refuse what tells by its bytes that it is not UTF-8: marks of UTF-16 and UTF-32, and NUL."""
        mark = next((name for start, name in _BYTE_ORDER_MARKS.items() if chunk.startswith(start)), None)
        if mark and not self.byte_count:
            raise RefusedFileError(
                f"it begins with the byte order mark of {mark}: it is {mark} and not {self.encoding}; save it as "
                f"UTF-8, or declare encoding: {mark.lower()} in sources.yml"
            )
        if (place := chunk.find(b"\0")) >= 0:
            raise RefusedFileError(
                f"it holds a NUL byte, the first at byte offset {self.byte_count + place}: it is not text in "
                f"{self.encoding}; declare its encoding or format"
            )

    def _measure_lines(self, chunk: bytes) -> None:
        """Refuse a line that is too long: it reaches beyond a chunk."""
        ends = [end for mark in (b"\n", b"\r") for end in (chunk.find(mark), chunk.rfind(mark)) if end >= 0]
        if self.open_line_bytes + min(ends, default=len(chunk)) > LONGEST_LINE_BYTES:
            raise RefusedFileError(
                f"it has a line longer than {LONGEST_LINE_BYTES} bytes, beyond byte {self.byte_count}: that is no "
                "extract; deliver it again"
            )
        self.open_line_bytes = len(chunk) - 1 - max(ends) if ends else self.open_line_bytes + len(chunk)

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        # Pure ASCII between whole characters needs no decoding, which is nearly free to find out.
        if self.is_utf8 and chunk.isascii() and not final and not self.decoder.getstate()[0]:
            return
        try:
            self.decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            raise RefusedFileError(
                f"it is not {self.encoding}: {error.reason} near byte {self.byte_count + error.start}; "
                "declare its encoding, such as encoding: latin-1"
            ) from error
