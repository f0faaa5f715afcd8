"""Makes the tiny models of this folder and their reference numbers: float64 torch autograd, one document at a time.

    python generate.py [NAME...]     # transformers 5.23, torch 2.15
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SIZES = dict(vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, head_dim=4, max_position_embeddings=32, bos_token_id=None, eos_token_id=None,
             pad_token_id=None)


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_theta=10000.0, rope_type=kind, **more))


LLAMA = transformers.LlamaConfig
CASES = {
    "gpt2": (transformers.GPT2Config, dict(vocab_size=40, n_embd=16, n_layer=2, n_head=4, n_positions=32,
             bos_token_id=None, eos_token_id=None)),
    "llama": (LLAMA, dict(SIZES, attention_bias=True, mlp_bias=True)),
    "llama_tied": (LLAMA, dict(SIZES, tie_word_embeddings=True, head_dim=6)),
    "llama_linear": (LLAMA, dict(SIZES, **rope("linear", factor=4.0))),
    "llama_dynamic": (LLAMA, dict(SIZES, **rope("dynamic", factor=2.0))),
    "llama_llama3": (LLAMA, dict(SIZES, head_dim=12, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))),
    "mistral": (transformers.MistralConfig, dict(SIZES, sliding_window=5)),
    "qwen2": (transformers.Qwen2Config, dict({k: v for k, v in SIZES.items() if k != "head_dim"},
              use_sliding_window=True, sliding_window=4, max_window_layers=1)),
    "qwen3": (transformers.Qwen3Config, dict(SIZES, head_dim=8)),
}


def make(name):
    kind, settings = CASES[name]
    torch.manual_seed(0)
    config = kind(**settings)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    base = model.base_model
    for key, parameter in model.named_parameters():
        # Weights of a size that makes attention sharp and activations bend, norms away from 1.
        spread = 0.3 * torch.randn_like(parameter)
        parameter.data = 1 + spread if parameter.dim() == 1 and "bias" not in key else 1.5 * spread
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model = model.double()
    modules = {key: module for key, module in base.named_modules()
               if isinstance(module, (torch.nn.Linear, transformers.pytorch_utils.Conv1D))}
    tensors, documents = {}, []
    for index, length in enumerate([11, 2, 7]):
        ids = torch.randint(0, 40, (1, length))
        documents.append(ids[0].tolist())
        model.zero_grad()
        logits = model(ids).logits
        loss = torch.nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:], reduction="sum")
        loss.backward()
        tensors[f"{index}.logits"] = logits[0]
        tensors[f"{index}.loss"] = loss.reshape(1)
        for key, module in modules.items():
            gradient = module.weight.grad
            if isinstance(module, transformers.pytorch_utils.Conv1D):
                gradient = gradient.T
            if module.bias is not None:
                gradient = torch.cat([gradient, module.bias.grad[:, None]], 1)
            tensors[f"{index}.{key}"] = gradient
    save_file({k: v.detach().float().contiguous().clone() for k, v in tensors.items()}, folder / "reference.tensors")
    (folder / "reference.json").write_text(json.dumps(dict(
        documents=documents, modules=list(modules), parameters=sum(p.numel() for p in model.parameters()))) + "\n")


for name in sys.argv[1:] or CASES:
    make(name)
