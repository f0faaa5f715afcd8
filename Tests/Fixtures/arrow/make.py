"""Makes the data sets of this folder and rows.json, what Python reads from them; needs datasets 5.2.0, pyarrow 26.0.1.

usage: python make.py    (writes beside itself)
"""

import datetime
import json
import math
import pathlib
import shutil

import datasets
import numpy
import pyarrow as pa

HERE = pathlib.Path(__file__).parent
for folder in ("saved", "dictionary", "selected", "cache"):
    shutil.rmtree(HERE / folder, ignore_errors=True)

# Columns of every type that is read, two batches, with nulls in most.
UTC = datetime.timezone.utc
columns = {
    "text": pa.array(["one", None, "zwölf", ""], pa.string()),
    "large_text": pa.array(["a", "bc", None, "\U0001f600"], pa.large_string()),
    "view": pa.array(["short", "longer than twelve bytes", None, "another long string here"], pa.string_view()),
    "bytes_null": pa.array([None] * 4, pa.null()),
    "flag": pa.array([True, None, False, True], pa.bool_()),
    "i8": pa.array([-128, 127, None, 0], pa.int8()),
    "u8": pa.array([0, 255, None, 1], pa.uint8()),
    "i16": pa.array([-32768, 32767, None, 0], pa.int16()),
    "u16": pa.array([0, 65535, None, 1], pa.uint16()),
    "i32": pa.array([-(2**31), 2**31 - 1, None, 0], pa.int32()),
    "u32": pa.array([0, 2**32 - 1, None, 1], pa.uint32()),
    "i64": pa.array([-(2**63), 2**63 - 1, None, 0], pa.int64()),
    "u64": pa.array([0, 2**63 - 1, None, 1], pa.uint64()),
    "half": pa.array(numpy.array([0.5, -65504, 2.0**-24, 1.0], numpy.float16)),
    "single": pa.array([0.1, None, -1.5, 3e38], pa.float32()),
    "double": pa.array([0.1, None, -1.5, 1e308], pa.float64()),
    "list": pa.array([[1, None], None, [], [2, 3, 4]], pa.list_(pa.int32())),
    "large_list": pa.array([["a"], None, ["b", None], []], pa.large_list(pa.string())),
    "pairs": pa.array([[1, 2], None, [3, None], [5, 6]], pa.list_(pa.int16(), 2)),
    "messages": pa.array(
        [
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None}],
            [],
            None,
            [{"role": "user", "content": "Bye"}],
        ],
        pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
    ),
    "nested": pa.array(
        [{"a": {"b": [1.5]}, "c": None}, None, {"a": None, "c": "x"}, {"a": {"b": []}, "c": "y"}],
        pa.struct([("a", pa.struct([("b", pa.list_(pa.float64()))])), ("c", pa.string())]),
    ),
    "coded": pa.array(["x", "y", None, "x"], pa.string()).dictionary_encode(),
    "day": pa.array([datetime.date(1969, 12, 31), None, datetime.date(2024, 2, 29), datetime.date(1, 1, 1)], pa.date32()),
    "day64": pa.array([datetime.date(1970, 1, 2), None, datetime.date(9999, 12, 31), datetime.date(2000, 3, 1)], pa.date64()),
    "seconds": pa.array([0, -1, None, 1709210096], pa.timestamp("s")),
    "millis": pa.array([1, -1, None, 1709210096789], pa.timestamp("ms", tz="UTC")),
    "micros": pa.array([1, -1, None, 1709210096789012], pa.timestamp("us")),
    "nanos": pa.array([1000, -1000, None, 1709210096789012000], pa.timestamp("ns")),
}
table = pa.table(columns)


def plain(value):
    """A value of Python as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float):
        assert math.isfinite(value)
    return value


def python_rows(table):
    rows = []
    for row in table.to_pylist():
        row = {key: value.to_pydatetime() if type(value).__name__ == "Timestamp" else value for key, value in row.items()}
        rows.append(plain(row))
    return rows


def write(name, table, *, stream=True, compression=None, rows=2):
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(HERE / name), "wb") as sink, new(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)


write("types-stream.arrow", table)
write("types-file.arrow", table, stream=False)
write("types-zstd.arrow", table, compression="zstd")
write("lz4.arrow", pa.table({"text": ["a" * 200] * 8}), compression="lz4")
write("binary.arrow", pa.table({"text": ["a"], "image": pa.array([b"\x00"], pa.binary())}))
# A dictionary that grows by a delta, and one that is replaced.
with pa.OSFile(str(HERE / "deltas.arrow"), "wb") as sink:
    batches = [
        pa.record_batch({"coded": pa.DictionaryArray.from_arrays(pa.array(indices, pa.int8()), words)})
        for indices, words in (([0, 1], ["a", "b"]), ([2, 0], ["a", "b", "c"]), ([0, 0], ["z"]))
    ]
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)

texts = datasets.Dataset.from_dict({"text": [f"row {i}" for i in range(7)], "n": list(range(7))})
texts.save_to_disk(HERE / "saved", num_shards=3)
datasets.DatasetDict({"train": texts, "test": texts.select(range(2, 4))}).save_to_disk(HERE / "dictionary")
texts.select([5, 1, 3]).save_to_disk(HERE / "selected")

# What load_dataset leaves in its cache, as one split in two shards and one in a single file.
(HERE / "cache").mkdir()
for split, shards in (("train", 2), ("validation", 1)):
    for i in range(shards):
        suffix = f"-{i:05d}-of-{shards:05d}" if shards > 1 else ""
        part = texts.shard(shards, i, contiguous=True).flatten_indices()
        write(f"cache/texts-{split}{suffix}.arrow", part.data.table, rows=100)
(HERE / "cache" / "dataset_info.json").write_text(
    json.dumps({"builder_name": "json", "dataset_name": "texts", "splits": {"train": {"name": "train"}, "validation": {"name": "validation"}}})
)

expected = {
    "types": python_rows(table),
    "deltas": [{"coded": value} for value in ("a", "b", "c", "a", "z", "z")],
    "selected": datasets.load_from_disk(HERE / "selected").to_list(),
}
(HERE / "rows.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
