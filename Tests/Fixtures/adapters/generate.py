"""Makes the adapters of this folder and what PEFT computes from them: float64 torch autograd, one document at a time.

    python generate.py      # peft 0.21, transformers 5.23, torch 2.15
"""

import json
import pathlib
import shutil
import warnings

import peft
import torch
import transformers
from peft import LoraConfig
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
warnings.filterwarnings("ignore")

# Saved adapters: base model, settings of LoraConfig, whether the weights are a pickle.
SAVED = {
    "gpt2": ("gpt2", dict(r=3, lora_alpha=5, target_modules=["c_attn", "mlp.c_fc", "h.1.mlp.c_proj"],
             fan_in_fan_out=True, use_rslora=True, rank_pattern={"h.0.attn.c_attn": 2, "h.1.attn.c_attn": 4},
             alpha_pattern={"^transformer.h.1.*c_fc": 2})),
    "qwen2": ("qwen2", dict(r=4, lora_alpha=6, target_modules="all-linear", exclude_modules=["layers.1.mlp.up_proj"],
              lora_bias=True)),
    "llama_head": ("llama_tied", dict(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"],
                   modules_to_save=["lm_head", "embed_tokens", "layers.0.input_layernorm"])),
    "llama_embedding": ("llama_tied", dict(r=2, lora_alpha=4, target_modules=["v_proj"], layers_to_transform=[1],
                        layers_pattern="layers", modules_to_save=["embed_tokens"])),
}

# What LoraConfig makes targets, by architecture: settings.
TARGETS = {
    "gpt2": [{}, dict(target_modules=["c_proj"]), dict(target_modules=["attn.c_proj"]),
             dict(target_modules="all-linear"), dict(target_modules=r".*\.h\.[01]\.(attn|mlp)\.c_proj"),
             dict(target_modules=["c_attn", "transformer.h.1.mlp.c_fc"], layers_to_transform=0),
             dict(target_modules=["c_fc"], layers_to_transform=[1], layers_pattern="h"),
             dict(target_modules=["c_fc"], layers_to_transform=[1], layers_pattern=["layers", "h"])],
    "llama": [{}, dict(target_modules=["proj"]), dict(target_modules=["q_proj", "q_proj", "nothing"]),
              dict(target_modules="q_proj"), dict(target_modules=r".*q_proj"), dict(target_modules=r"model\.layers\.0.*proj"),
              dict(target_modules="ALL-linear", exclude_modules=["mlp.up_proj", "down_proj"]),
              dict(target_modules=["q_proj", "k_proj"], exclude_modules=r".*layers\.1\..*"),
              dict(target_modules=["q_proj", "o_proj"], modules_to_save=["self_attn.o_proj"]),
              dict(target_modules=["gate_proj"], layers_to_transform=[1, 7]),
              dict(target_modules=["gate_proj"], layers_to_transform=[0], layers_pattern=["blocks"]),
              dict(target_modules=["q_proj", "v_proj"], layers_to_transform=[]),
              dict(target_modules=r"(?i).*Q_PROJ"), dict(target_modules=r".*(?P<side>q|v)_proj"),
              dict(target_modules=r".*\.(?:q|k)_pro|.*up_proj"),
              dict(target_modules=["q_proj", "v_proj", "up_proj"], r=4, lora_alpha=8, use_rslora=True,
                   rank_pattern={"q_proj": 2, r"layers\.1\..*": 9}, alpha_pattern={r"^model\.layers\.0\.mlp\.up_proj": 3,
                                                                               "up_proj": 5})],
}

# Fresh adapters: base model, seed, settings.
FRESH = {
    "llama": ("llama", 42, dict(r=3, target_modules=["q_proj", "v_proj"])),
    "llama_random": ("llama", 7, dict(r=2, target_modules=["k_proj", "down_proj"], init_lora_weights=False, lora_bias=True)),
    "gpt2_gaussian": ("gpt2", 4294967295, dict(r=5, target_modules=["c_attn", "c_fc"], init_lora_weights="gaussian")),
}


def base_model(name):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        HERE.parent / "architectures" / name, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


def adapted_modules(model):
    return [key for key, module in model.base_model.named_modules() if key.endswith(("lora_A.default", "lora_B.default"))]


def make_saved(name):
    base, settings = SAVED[name]
    torch.manual_seed(1)
    model = peft.get_peft_model(base_model(base), LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
    for key, parameter in model.named_parameters():
        if "lora_" in key or "modules_to_save" in key:
            parameter.data = parameter.data + 0.4 * torch.randn_like(parameter)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.peft_config["default"].base_model_name_or_path = f"../architectures/{base}"
    model.save_pretrained(folder, safe_serialization=name != "gpt2", save_embedding_layers=False)
    (folder / "README.md").unlink()
    # What a user gets who loads it: the numbers are those of the files.
    model = peft.PeftModel.from_pretrained(base_model(base), folder, autocast_adapter_dtype=False).eval().double()
    model.requires_grad_(True)
    names = adapted_modules(model)
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
        for key in names:
            module = model.base_model.get_submodule(key)
            gradient = module.weight.grad
            if module.bias is not None:
                gradient = torch.cat([gradient, module.bias.grad[:, None]], 1)
            tensors[f"{index}.{key}"] = gradient
    save_file({k: v.detach().float().contiguous().clone() for k, v in tensors.items()}, folder / "reference.tensors")
    (folder / "reference.json").write_text(json.dumps(dict(documents=documents, modules=names)) + "\n")


def make_targets():
    cases = []
    for architecture, all_settings in TARGETS.items():
        for settings in all_settings:
            case = dict(architecture=architecture, settings=settings)
            try:
                model = peft.get_peft_model(base_model(architecture), LoraConfig(**settings))
                case["modules"] = [
                    dict(name=key.removeprefix("model."), rank=module.r["default"], scale=module.scaling["default"])
                    for key, module in model.base_model.named_modules()
                    if isinstance(module, peft.tuners.lora.LoraLayer)]
            except ValueError as error:
                case["error"] = str(error)
            cases.append(case)
    (HERE / "targets.json").write_text(
        "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def make_fresh():
    tensors = {}
    for name, (base, seed, settings) in FRESH.items():
        model = base_model(base)
        torch.manual_seed(seed)
        model = peft.get_peft_model(model, LoraConfig(**settings))
        for key in adapted_modules(model):
            for part, value in model.base_model.get_submodule(key).named_parameters():
                tensors[f"{name}.{key}.{part}"] = value.detach().clone()
    save_file(tensors, HERE / "fresh.tensors")


for name in SAVED:
    make_saved(name)
make_targets()
make_fresh()
