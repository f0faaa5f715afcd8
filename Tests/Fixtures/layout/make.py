"""Makes layouts.json: which files of a directory belong to which split, as datasets 5.2.0 finds it; run it beside itself."""

import json
import os
import pathlib
import tempfile

import datasets

CARD = "---\nlicense: mit\n{}---\n\n# A data set\n"
CASES = {
    "one file": ["texts.jsonl"],
    "shards below data": ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"],
    "shards of any split name": ["data/extra-00000-of-00001.jsonl", "data/validation-00000-of-00001.jsonl", "data/a_b.c-00000-of-00001.jsonl"],
    "names": ["train.jsonl", "test.jsonl", "README.md"],
    "names with numbers": ["train_0.csv", "train_1.csv", "train_10.csv", "train_2.csv", "test_0.csv"],
    "words in names": ["my-train-file.csv", "my file eval.csv", "trainer.csv", "dev.csv", "contest.csv"],
    "folders": ["train/a.jsonl", "train/b.jsonl", "test/a.jsonl", "other/c.jsonl"],
    "folders below folders": ["data/my_train_1/x/a.jsonl", "data/valid/a.jsonl"],
    "folders win over names": ["train/a.jsonl", "test.jsonl"],
    "any names": ["b.jsonl", "a.jsonl", "sub/c.jsonl", "sub/B.jsonl"],
    "two words": ["train-test.jsonl", "plain.jsonl"],
    "hidden and private": [".hidden.jsonl", ".git/train.jsonl", "__pycache__/x.jsonl", "a.jsonl", "dataset_info.json", "config.json"],
    "other files beside": ["train.jsonl", "train.py", "train-notes.pdf.bak", "LICENSE"],
    "formats mixed": ["a.csv", "b.jsonl", "c.jsonl", "d.json"],
    "a draw": ["a.csv", "b.jsonl"],
    "compressed": ["train.jsonl.gz", "validation.jsonl.zst"],
    "a directory named like a file": ["train.d/a.jsonl", "b.jsonl"],
    "a name that two patterns match": ["train_training.csv"],
    "capitals": ["Train.jsonl", "TEST.jsonl", "train.jsonl"],
}
CONFIGS = {
    "splits of the card": (
        ["x/a.jsonl", "x/b.jsonl", "y.jsonl", "train.jsonl"],
        "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: x/*\n  - split: held.out\n    path: y.jsonl\n",
        None,
    ),
    "lists of paths": (
        ["x/a.jsonl", "y/b.jsonl", "z.jsonl"],
        "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path:\n    - y/*\n    - x/a.jsonl\n",
        None,
    ),
    "a pattern alone": (["a.jsonl", "b.jsonl"], "configs:\n- config_name: default\n  data_files: b.*\n", None),
    "patterns alone": (["a.jsonl", "b.jsonl", "c.jsonl"], "configs:\n- config_name: default\n  data_files:\n  - c.jsonl\n  - a.jsonl\n", None),
    "one config of another name": (["a/train.jsonl"], "configs:\n- config_name: main\n  data_files: a/*\n", None),
    "a subset": (
        ["en/train.jsonl", "de/train.jsonl"],
        "configs:\n- config_name: en\n  data_files: en/*.jsonl\n- config_name: de\n  data_files: de/*.jsonl\n",
        "de",
    ),
    "a default": (
        ["en/train.jsonl", "de/train.jsonl"],
        "configs:\n- config_name: en\n  data_files: en/*.jsonl\n- config_name: de\n  data_files: de/*.jsonl\n  default: true\n",
        None,
    ),
    "folders of subsets": (
        ["en/train.jsonl", "en/test.jsonl", "de/train.jsonl"],
        "configs:\n- config_name: en\n  data_dir: en\n- config_name: de\n  data_dir: de\n",
        "en",
    ),
    "stars across folders": (
        ["p/q/a.jsonl", "p/b.jsonl", "c.jsonl"],
        "configs:\n- config_name: default\n  data_files:\n  - split: deep\n    path: '**/*.jsonl'\n  - split: flat\n    path: '*.jsonl'\n  - split: some\n    path: 'p/[!a].jsonl'\n  - split: one\n    path: 'p/?.jsonl'\n",
        None,
    ),
    "a card without configs": (["train.jsonl", "test.jsonl"], "", None),
}


def layout(files, card, subset):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(os.path.realpath(folder))
        for name in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text('{"a": 1}\n')
        if card is not None:
            (root / "README.md").write_text(CARD.format(card))
        builder = datasets.load_dataset_builder(str(root), name=subset, cache_dir=str(root / ".cache"))
        found = builder.config.data_files
        return {str(split): [os.path.relpath(path, root) for path in paths] for split, paths in found.items()}


cases = [{"name": name, "files": files, "card": None, "subset": None} for name, files in CASES.items()]
for name, (files, card, subset) in CONFIGS.items():
    cases.append({"name": name, "files": files + ["README.md"], "card": CARD.format(card), "subset": subset})
for case in cases:
    card = case["card"]
    card = card[len("---\nlicense: mit\n") : -len("---\n\n# A data set\n")] if card else None
    case["splits"] = layout(case["files"], card, case["subset"])
path = pathlib.Path(__file__).parent / "layouts.json"
path.write_text(json.dumps(cases, indent=1) + "\n")
