"""Makes the fixtures of this folder: blocks of every quantisation with the values that the Python package gguf reads from
them, and tiny random models as GGUF files with the logits of torch in float64.

    python make.py [NAME...]     # gguf 0.19.0, transformers 5.23, torch 2.15

Names come from gguf's own table; what is done to weights and settings is what llama.cpp's convert_hf_to_gguf.py does.
"""

import json
import math
import pathlib
import sys

import gguf
import numpy
import torch
import transformers
from gguf.quants import dequantize
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
# Where a block has its binary16 scales: random bits there would be infinite or NaN now and then.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def blocks():
    generator = numpy.random.default_rng(0)
    tensors = {}
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        values, size = gguf.GGML_QUANT_SIZES[kind]
        # The first scales are zero, the least subnormal, the largest of all and a negative one.
        scales = [0.0, 2.0**-24, 65504.0, -0.25, 0.0173, -3.5e-5]
        rows = len(scales) if values < 256 else 4
        raw = generator.integers(0, 256, (rows, size), dtype=numpy.uint8)
        for row in range(rows):
            for place in SCALES.get(name, []):
                scale = numpy.float16(scales[row] if place in (0, 80, 108, 208) else generator.normal())
                raw[row, place:place + 2] = numpy.frombuffer(scale.tobytes(), numpy.uint8)
        if name in ("F32", "F16", "BF16"):
            dtype = numpy.float32 if name == "F32" else numpy.float16
            raw = generator.normal(size=(1, 24)).astype(dtype).view(numpy.uint8)
            if name == "BF16":
                raw = generator.normal(size=(1, 24)).astype(numpy.float32).view(numpy.uint16)[:, 1::2].copy()
                raw = raw.view(numpy.uint8)
        stored = raw.view(numpy.float32 if name == "F32" else numpy.float16) if name in ("F32", "F16") else raw
        tensors[f"{name}.blocks"] = raw.reshape(-1)
        tensors[f"{name}.values"] = dequantize(stored, kind).astype(numpy.float32).reshape(-1)
    save_file(tensors, HERE / "blocks.safetensors")


SIZES = dict(vocab_size=24, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=4,
             num_key_value_heads=2, head_dim=4, max_position_embeddings=16, bos_token_id=None, eos_token_id=None,
             pad_token_id=None)


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_theta=10000.0, rope_type=kind, **more))


T = transformers
CASES = {
    "gpt2": (T.GPT2Config, dict(vocab_size=24, n_embd=16, n_layer=1, n_head=4, n_positions=16, bos_token_id=None,
             eos_token_id=None)),
    "gpt_neox": (T.GPTNeoXConfig, dict(vocab_size=24, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
                 num_attention_heads=2, max_position_embeddings=16, rope_parameters=dict(
                     rope_theta=10000.0, rope_type="default", partial_rotary_factor=0.5))),
    "llama": (T.LlamaConfig, dict(SIZES, attention_bias=True)),
    "llama_tied": (T.LlamaConfig, dict(SIZES, tie_word_embeddings=True, head_dim=6)),
    "llama3": (T.LlamaConfig, dict(SIZES, head_dim=12, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))),
    "mistral": (T.MistralConfig, dict(SIZES, sliding_window=3)),
    "qwen2": (T.Qwen2Config, dict({k: v for k, v in SIZES.items() if k != "head_dim"}, **rope("linear", factor=4.0))),
    "qwen3": (T.Qwen3Config, dict(SIZES, head_dim=8)),
    "yarn": (T.Qwen3Config, dict(SIZES, head_dim=8, **rope(
        "yarn", factor=4.0, original_max_position_embeddings=4))),
    "olmo2": (T.Olmo2Config, {k: v for k, v in SIZES.items() if k != "head_dim"}),
    "gemma2": (T.Gemma2Config, dict(SIZES, num_hidden_layers=2, head_dim=8, query_pre_attn_scalar=8, sliding_window=3)),
    "phi3": (T.Phi3Config, dict({k: v for k, v in SIZES.items() if k != "head_dim"}, sliding_window=None)),
}
ARCHITECTURES = {"gpt_neox": "gptneox", "mistral": "llama"}


def llama_rows(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def convert(model_type, config, name, weight):
    """What convert_hf_to_gguf.py does to a weight."""
    if model_type in ("llama", "mistral") and "q_proj" in name:
        return llama_rows(weight, config.num_attention_heads)
    if model_type in ("llama", "mistral") and "k_proj" in name:
        return llama_rows(weight, config.num_key_value_heads)
    if model_type == "gpt2" and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        return weight.T
    if model_type == "gpt_neox" and "query_key_value" in name:
        heads = config.num_attention_heads
        parts = weight.reshape(heads, 3, config.hidden_size // heads, *weight.shape[1:])
        return numpy.concatenate([parts[:, i].reshape(-1, *weight.shape[1:]) for i in range(3)])
    if model_type == "gemma2" and name.endswith("norm.weight"):
        return weight + 1
    return weight


def llama3_factors(config, head_dim):
    rope = config.rope_parameters
    frequencies = 1.0 / (rope["rope_theta"] ** (torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim))
    factor, low, high = rope["factor"], rope["low_freq_factor"], rope["high_freq_factor"]
    original = rope["original_max_position_embeddings"]
    factors = []
    for frequency in frequencies.tolist():
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            factors.append(1)
        elif wavelength > original / low:
            factors.append(factor)
        else:
            smooth = (original / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return numpy.array(factors, dtype=numpy.float32)


def settings(writer, config, model_type):
    heads = config.num_attention_heads
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(4 * config.hidden_size if model_type == "gpt2" else config.intermediate_size)
    writer.add_head_count(heads)
    if model_type == "gpt2":
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    rope = config.rope_parameters
    if model_type == "gpt_neox":
        writer.add_layer_norm_eps(config.layer_norm_eps)
        writer.add_parallel_residual(True)
        writer.add_rope_dimension_count(int(rope["partial_rotary_factor"] * (config.hidden_size // heads)))
        return
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(config, head_dim))
    if model_type in ("mistral", "gemma2"):
        writer.add_sliding_window(config.sliding_window)
    if model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def model(case):
    kind, arguments = CASES[case]
    torch.manual_seed(0)
    config = kind(**arguments)
    config._attn_implementation = "eager"
    model_type = config.model_type
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    for key, parameter in model.named_parameters():
        spread = 0.3 * torch.randn_like(parameter)
        is_norm = parameter.dim() == 1 and "bias" not in key
        parameter.data = (0 if model_type == "gemma2" else 1) + spread if is_norm else 1.5 * spread
    architecture = ARCHITECTURES.get(model_type, model_type)
    writer = gguf.GGUFWriter(HERE / f"{case}.gguf", architecture)
    settings(writer, config, model_type)
    code = {name: code for code, name in gguf.MODEL_ARCH_NAMES.items()}[architecture]
    names = gguf.get_tensor_name_map(code, config.num_hidden_layers)
    tied = config.tie_word_embeddings
    for name, weight in model.state_dict().items():
        if name.startswith(("lm_head", "embed_out")) and tied or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        stem, suffix = name.rsplit(".", 1)
        target = names.get_name(stem)
        assert target, name
        values = convert(model_type, config, name, weight.float().numpy())
        writer.add_tensor(f"{target}.{suffix}", numpy.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ids = torch.randint(0, 24, (1, 9))
    logits = model.double()(ids).logits[0].detach()
    (HERE / f"{case}.json").write_text(json.dumps(dict(
        ids=ids[0].tolist(), logits=[float(f"{value:.9g}") for value in logits.flatten().tolist()])) + "\n")


if __name__ == "__main__":
    for case in sys.argv[1:] or ["blocks", *CASES]:
        blocks() if case == "blocks" else model(case)
