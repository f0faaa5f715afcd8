"""Makes the tiny models of this folder and their reference numbers: float64 torch autograd, one document at a time.

    python generate.py [NAME...]     # of a case, or `rotary`; transformers 5.23, torch 2.15
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
    "llama_yarn": (LLAMA, dict(SIZES, head_dim=12, **rope(
        "yarn", factor=4.0, original_max_position_embeddings=64, beta_fast=8.0, beta_slow=1.0))),
    "llama_yarn_mscale": (LLAMA, dict(SIZES, head_dim=12, **rope(
        "yarn", factor=4.0, original_max_position_embeddings=48, mscale=0.7, mscale_all_dim=1.5, truncate=False))),
    "llama_longrope": (LLAMA, dict(SIZES, **rope("longrope", factor=8.0, original_max_position_embeddings=8,
        short_factor=[1.0, 1.5], long_factor=[2.0, 5.0]))),
    "mistral_long": (transformers.MistralConfig, dict(SIZES, max_position_embeddings=160, sliding_window=50)),
    "qwen2_layer_types": (transformers.Qwen2Config, dict({k: v for k, v in SIZES.items() if k != "head_dim"},
              use_sliding_window=True, sliding_window=3, layer_types=["sliding_attention", "full_attention"])),
    "olmo2": (transformers.Olmo2Config, dict(SIZES)),
    "gemma2": (transformers.Gemma2Config, dict(SIZES, head_dim=6, query_pre_attn_scalar=5, sliding_window=37,
              max_position_embeddings=96, attn_logit_softcapping=2.5, final_logit_softcapping=4.0)),
    "gemma2_uncapped": (transformers.Gemma2Config, dict(SIZES, attn_logit_softcapping=None, attention_bias=True,
              final_logit_softcapping=None, layer_types=["full_attention", "sliding_attention"], sliding_window=3)),
    "phi3": (transformers.Phi3Config, dict({k: v for k, v in SIZES.items() if k != "head_dim"}, sliding_window=6)),
    # Heads of twelve columns, of which eight turn; the first document is longer than the original positions.
    "phi3_longrope": (transformers.Phi3Config, dict(
              {k: v for k, v in SIZES.items() if k != "head_dim"}, hidden_size=24, num_attention_heads=2,
              num_key_value_heads=1, original_max_position_embeddings=8, partial_rotary_factor=0.7,
              rope_parameters=dict(rope_theta=10000.0, rope_type="longrope", short_factor=[1.0, 1.1, 1.5, 2.0],
                                   long_factor=[1.5, 2.0, 4.0, 8.0], partial_rotary_factor=0.7))),
}

# Tokens of the three documents. Attention works on 64 rows at a time: windows are seen across the border of two blocks.
LENGTHS = {"mistral_long": [130, 2, 70], "gemma2": [81, 2, 11]}


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
        # Gemma's norms add the one themselves.
        is_norm = parameter.dim() == 1 and "bias" not in key
        parameter.data = (spread if name.startswith("gemma2") else 1 + spread) if is_norm else 1.5 * spread
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model = model.double()
    modules = {key: module for key, module in base.named_modules()
               if isinstance(module, (torch.nn.Linear, transformers.pytorch_utils.Conv1D))}
    tensors, documents = {}, []
    for index, length in enumerate(LENGTHS.get(name, [11, 2, 7])):
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


# Rotary settings of models that people use, by what transformers makes of them.
ROTARY = {
    "llama_3.1": (LLAMA, dict(hidden_size=4096, num_attention_heads=32, max_position_embeddings=131072, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192), rope_theta=500000.0)),
    "llama_linear": (LLAMA, dict(hidden_size=4096, num_attention_heads=32, rope_scaling=dict(type="linear", factor=3.0))),
    "qwen2.5_yarn": (transformers.Qwen2Config, dict(hidden_size=3584, num_attention_heads=28, rope_theta=1000000.0,
        max_position_embeddings=131072,
        rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=32768))),
    "yarn_mscale": (LLAMA, dict(hidden_size=2048, num_attention_heads=32, max_position_embeddings=163840,
        rope_scaling=dict(type="yarn", factor=40, original_max_position_embeddings=4096, beta_fast=32, beta_slow=1,
                          mscale=0.707, mscale_all_dim=0.8))),
    "yarn_untruncated": (LLAMA, dict(hidden_size=2048, num_attention_heads=32, max_position_embeddings=131072,
        rope_theta=150000.0, rope_scaling=dict(rope_type="yarn", factor=32.0, truncate=False, beta_fast=32.0,
                                               beta_slow=1.0, original_max_position_embeddings=4096))),
    "yarn_step": (LLAMA, dict(hidden_size=64, num_attention_heads=4, max_position_embeddings=64,
        rope_scaling=dict(rope_type="yarn", factor=2.0, attention_factor=1.25, original_max_position_embeddings=4))),
    "yarn_without_factor": (LLAMA, dict(hidden_size=2048, num_attention_heads=32, max_position_embeddings=16384,
        rope_scaling=dict(rope_type="yarn", factor=None, original_max_position_embeddings=4096))),
    "phi_3": (transformers.Phi3Config, dict(hidden_size=3072, num_attention_heads=32, max_position_embeddings=131072,
        original_max_position_embeddings=4096, rope_scaling=dict(
            type="su", original_max_position_embeddings=4096, short_factor=[1 + i / 100 for i in range(48)], long_factor=[1 + i * 1.3 for i in range(48)]))),
    "phi_4_mini": (transformers.Phi3Config, dict(hidden_size=3072, num_attention_heads=24, num_key_value_heads=8,
        max_position_embeddings=131072, original_max_position_embeddings=4096, partial_rotary_factor=0.75,
        rope_scaling=dict(type="longrope", short_factor=[1.0] * 48, long_factor=[1 + i * 0.9 for i in range(48)]))),
}


def make_rotary():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    cases = {}
    for name, (kind, settings) in ROTARY.items():
        config = kind(**json.loads(json.dumps(settings)))
        function = ROPE_INIT_FUNCTIONS[config.rope_parameters["rope_type"]]
        original = config.rope_parameters.get("original_max_position_embeddings")
        values, magnitude = function(config, seq_len=1)
        case = dict(config=settings, values=values.tolist(), magnitude=magnitude)
        if config.rope_parameters["rope_type"] == "longrope":
            case.update(beyond=original, long=function(config, seq_len=original + 1)[0].tolist())
        cases[name] = case
    (HERE / "rotary.json").write_text(json.dumps(cases) + "\n")


for name in sys.argv[1:] or [*CASES, "rotary"]:
    make_rotary() if name == "rotary" else make(name)
