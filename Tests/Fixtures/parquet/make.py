"""Writes the Parquet files of this folder with pyarrow (26.0.1), and beside each the rows expected of it as JSON.

Usage: python make.py (in this folder). Files are the same byte for byte from run to run.
"""

import base64
import datetime
import decimal
import json
import math
import pathlib
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent


def plain(value):
    """A value as the reader hands it: see `ParquetValueType`."""
    match value:
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case decimal.Decimal():
            return f"{value:f}"
        case datetime.date() | datetime.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
        case tuple():
            return {"key": plain(value[0]), "value": plain(value[1])}
        case list():
            return [plain(element) for element in value]
        case dict():
            return {key: plain(element) for key, element in value.items()}
    return value


def write(name, table, expected=None, **options):
    """`expected` names the JSON file where several Parquet files hold the same rows."""
    pq.write_table(table, folder / f"{name}.parquet", store_schema=False, **options)
    rows = plain(table.to_pylist())
    (folder / f"{expected or name}.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")


def column(kind, values, nulls=True):
    return pa.array([None if nulls and i % 7 == 3 else v for i, v in enumerate(values)], kind)


rows = 60
numbers = [(i * 7919) % 1000 - 500 for i in range(rows)]
scalars = pa.table(
    {
        "flag": column(pa.bool_(), [i % 3 == 0 for i in range(rows)]),
        "small": column(pa.int32(), numbers),
        "large": column(pa.int64(), [n * 10**12 + i for i, n in enumerate(numbers)]),
        "single": column(pa.float32(), [n / 8 for n in numbers]),
        "double": column(pa.float64(), [n / 7 for n in numbers]),
        "text": column(pa.string(), [f"prefix-{n // 50}-ünï {n}" for n in numbers]),
        "required": column(pa.int64(), numbers, nulls=False),
    }
)
for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        write(f"codec_{codec}_v{version[0]}", scalars, "scalars", compression=codec, data_page_version=version)

encodings = {
    "plain": {name: "PLAIN" for name in scalars.column_names},
    "delta": {
        "flag": "RLE",
        "small": "DELTA_BINARY_PACKED",
        "large": "DELTA_BINARY_PACKED",
        "required": "DELTA_BINARY_PACKED",
        "text": "DELTA_BYTE_ARRAY",
    },
    "delta_length": {"text": "DELTA_LENGTH_BYTE_ARRAY"},
    "split": {name: "BYTE_STREAM_SPLIT" for name in ["small", "large", "single", "double", "required"]},
}
for name, encoding in encodings.items():
    for version in ["1.0", "2.0"]:
        write(
            f"encoding_{name}_v{version[0]}",
            scalars,
            "scalars",
            use_dictionary=False,
            column_encoding=encoding,
            compression="none" if name == "plain" else "snappy",
            data_page_version=version,
            write_page_checksum=True,
        )
extremes = [0, -1, 2**63 - 1, -(2**63), 1, 2**62, -(2**62), 7, 7, 7] * 5
write(
    "delta_extremes",
    pa.table({"value": extremes, "narrow": pa.array([(v >> 32) for v in extremes], pa.int32())}),
    use_dictionary=False,
    column_encoding={"value": "DELTA_BINARY_PACKED", "narrow": "DELTA_BINARY_PACKED"},
)

# Pages of a few rows, row groups of 25, and dictionaries that overflow into plain pages.
pages = pa.table(
    {
        "id": list(range(100)),
        "text": [f"document {i} " + "word " * (i % 9) for i in range(100)],
        "tags": [[f"tag {i % 4}"] * (i % 3) for i in range(100)],
    }
)
write("pages", pages, row_group_size=40, data_page_size=64, write_batch_size=8, dictionary_pagesize_limit=200)
write("empty", scalars.slice(0, 0))
write("nulls", pa.table({"text": pa.array([None] * 20, pa.string()), "nothing": pa.nulls(20)}))

conversation = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
turns = [
    [{"role": "user", "content": "What is 2 + 2?"}, {"role": "assistant", "content": "4 👍"}],
    [],
    None,
    [{"role": "system", "content": None}, None, {"role": None, "content": "日本語"}],
]
write("conversations", pa.table({"id": [1, 2, 3, 4], "messages": pa.array(turns, conversation)}))

deep = [
    {"a": [[1, 2], [], None, [3, None]], "m": [("x", [1.5]), ("y", None), ("x", [])]},
    {"a": [], "m": []},
    {"a": None, "m": None},
    None,
    {"a": [[]], "m": [("z", [None, 2.5])]},
    {"a": [None], "m": [("", [0.0])]},
]
deep_type = pa.struct(
    [("a", pa.list_(pa.list_(pa.int32()))), ("m", pa.map_(pa.string(), pa.list_(pa.float64())))]
)
for version in ["1.0", "2.0"]:
    write(
        f"nested_v{version[0]}",
        pa.table({"deep": pa.array(deep * 3, deep_type), "row": list(range(18))}),
        "nested",
        data_page_size=16,
        write_batch_size=2,
        data_page_version=version,
    )

moment = datetime.datetime(1969, 12, 31, 23, 59, 59, 500_000)
utc = datetime.timezone.utc
types = pa.table(
    {
        "date": pa.array([datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
        "micros": pa.array([moment, datetime.datetime(2000, 3, 1), None], pa.timestamp("us")),
        "millis": pa.array([m and m.replace(tzinfo=utc) for m in [moment, None, moment]], pa.timestamp("ms", "UTC")),
        "time": pa.array([datetime.time(1, 2, 3), datetime.time(23, 59, 59, 999_999), None], pa.time64("us")),
        "decimal": pa.array([decimal.Decimal(d) for d in ["12.50", "-0.01", "99999.99"]], pa.decimal128(7, 2)),
        "wide": pa.array(
            [decimal.Decimal(d) for d in ["-1" + "0" * 37, "0", "170141183460469231731687303715884105727"]],
            pa.decimal256(50, 0),
        ),
        "half": pa.array([1.5, float("nan"), float("-inf")], pa.float16()),
        "double": [float("inf"), -0.0, 5e-324],
        "uint8": pa.array([0, 255, None], pa.uint8()),
        "int16": pa.array([-32768, 32767, 0], pa.int16()),
        "uint32": pa.array([0, 2**32 - 1, 2**31], pa.uint32()),
        "uint64": pa.array([0, 2**63 - 1, 12], pa.uint64()),
        "bytes": [b"\x00\xff", b"", None],
        "fixed": pa.array([b"abcd", None, b"\xff\xff\xff\xff"], pa.binary(4)),
        "large_text": pa.array(["é", "e\u0301", ""], pa.large_string()),
        "uuid": pa.array([uuid.UUID(int=n).bytes for n in [0, 1, 2**128 - 1]], pa.uuid()),
        "json": pa.array(['{"a": 1}', "[]", None], pa.json_()),
    }
)
write("types", types)
write("types_plain", types, "types", use_dictionary=False, store_decimal_as_integer=True)
write("int96", pa.table({"moment": pa.array([moment, None], pa.timestamp("us"))}), use_deprecated_int96_timestamps=True)
write("list_item", pages.slice(0, 10), use_compliant_nested_type=False)
pq.write_table(pa.table({"text": ["a"] * 20}), folder / "brotli.parquet", compression="brotli", store_schema=False)
