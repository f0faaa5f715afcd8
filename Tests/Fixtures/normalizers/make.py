"""Writes the optimizer states of this folder, and what is in them.

    python make.py      # torch 2.15, transformers 5.23, bitsandbytes 0.50, safetensors

The model of all states is `../architectures/llama`: tiny, with biases.
"""
import json
import pathlib

import bitsandbytes
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
ARCHITECTURES = HERE.parent / "architectures"


def parameters():
    """Names and shapes in the order of named_parameters(), and which of them Trainer lets decay."""
    result = {}
    for folder in sorted(p for p in ARCHITECTURES.iterdir() if (p / "config.json").exists()):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder)
        result[folder.name] = [[name, list(p.shape)] for name, p in model.named_parameters()]
    (HERE / "parameters.json").write_text(json.dumps(result))


def llama():
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_pretrained(ARCHITECTURES / "llama")


def step(model, optimizer, steps=2):
    for _ in range(steps):
        model(input_ids=torch.randint(0, 40, (2, 9)), labels=torch.randint(0, 40, (2, 9))).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def moments(model, optimizer):
    names = {id(p): name for name, p in model.named_parameters()}
    return {names[id(p)]: s["exp_avg_sq"] for p, s in optimizer.state.items()}


def main():
    parameters()
    model = llama()
    decay = [p for n, p in model.named_parameters() if p.dim() > 1]
    rest = [p for n, p in model.named_parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}])
    step(model, optimizer)
    state = optimizer.state_dict()
    for entry in state["state"].values():
        del entry["exp_avg"]
    torch.save(state, HERE / "two_groups.pt")
    torch.save(state, HERE / "two_groups_legacy.pt", _use_new_zipfile_serialization=False)
    save_file({k: v.contiguous() for k, v in moments(model, optimizer).items()}, HERE / "two_groups.safetensors")

    # Names beside the numbers, in an order that is not the model's.
    model = llama()
    optimizer = torch.optim.AdamW(sorted(model.named_parameters()))
    step(model, optimizer)
    state = optimizer.state_dict()
    for entry in state["state"].values():
        del entry["exp_avg"]
    torch.save(state, HERE / "named.pt")
    save_file({k: v.contiguous() for k, v in moments(model, optimizer).items()}, HERE / "named.safetensors")

    model = llama()
    optimizer = torch.optim.Adafactor(model.parameters())
    step(model, optimizer)
    torch.save(optimizer.state_dict(), HERE / "torch_adafactor.pt")

    # 8 bits from 300 elements on, so that both kinds are in the file and blocks end inside a matrix.
    model = llama()
    optimizer = bitsandbytes.optim.Adam8bit(model.parameters(), min_8bit_size=300)
    step(model, optimizer)
    state = optimizer.state_dict()
    expected = {}
    for (name, _), entry in zip(model.named_parameters(), state["state"].values()):
        hidden = entry["__bnb_optimizer_quant_state__"]
        codes = hidden["state2"]
        if codes.dtype == torch.uint8:
            scales = hidden["absmax2"].repeat_interleave(256)[: codes.numel()].reshape(codes.shape)
            expected[name] = (hidden["qmap2"][codes.long()] * scales).contiguous()
        else:
            expected[name] = codes.contiguous()
        for key in ["state1", "qmap1", "absmax1"]:
            hidden.pop(key, None)
    torch.save(state, HERE / "eight_bits.pt")
    save_file(expected, HERE / "eight_bits.safetensors")

    torch.save(torch.optim.SGD(model.parameters(), momentum=0.9).state_dict(), HERE / "sgd.pt")


main()
