"""Writes pile-10k/, a data set laid out as NeelNanda/pile-10k is on the hub: a card and one Parquet file with a name of
`push_to_hub`. Its texts are those of ../gpt_neox/data.jsonl.

Usage: python make.py (in this folder), with pyarrow 26.0.1.
"""

import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent
rows = [json.loads(line) for line in (folder / "../gpt_neox/data.jsonl").read_text().splitlines()]
meta = pa.struct([("pile_set_name", pa.string())])
schema = pa.schema([("text", pa.string()), ("meta", meta)])
table = pa.Table.from_pylist(
    [{"text": row["text"], "meta": {"pile_set_name": "Pile-CC"}} for row in rows], schema=schema
)
target = folder / "pile-10k/data/train-00000-of-00001-4746b8785c874cc7.parquet"
target.parent.mkdir(parents=True, exist_ok=True)
pq.write_table(table, target, compression="snappy", row_group_size=10)
(folder / "pile-10k/README.md").write_text(
    f"""---
dataset_info:
  features:
  - name: text
    dtype: string
  - name: meta
    struct:
    - name: pile_set_name
      dtype: string
  splits:
  - name: train
    num_bytes: {table.nbytes}
    num_examples: {len(rows)}
---
# Dataset Card for "pile-10k"
"""
)
