"""Writes torch.bin and torch.json: a small state dictionary saved by torch.save, and what it holds.

Run: python make_torch.py (torch 2.x); the values are all exact in their types.
"""
import json
from collections import OrderedDict

import torch

base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
state = OrderedDict(
    plain=base.clone(),
    transposed=base.t(),
    row=base[1],
    column=base[:, 2],
    tied=base,
    half=torch.tensor([1.5, -2.0, 0.25], dtype=torch.float16),
    bfloat=torch.tensor([[1.5], [-3.0]], dtype=torch.bfloat16),
    double=torch.tensor([0.1, 2.0], dtype=torch.float64),
    scalar=torch.tensor(7.0),
    parameter=torch.nn.Parameter(torch.tensor([4.0, 5.0])),
)
torch.save(state, "torch.bin")
torch.save(state, "torch-legacy.bin", _use_new_zipfile_serialization=False)
with open("torch.json", "w") as file:
    json.dump({k: {"shape": list(v.shape), "values": v.detach().float().flatten().tolist()} for k, v in state.items()}, file)
