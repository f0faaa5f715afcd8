"""The work of scripts/conformance-chat-templates: see there."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import venv

from transformers import PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]


def shipped_templates(scratch):
    """The templates that the sources of llama-cpp-python carry; nothing is built of them."""
    tools = scratch / "tools"
    venv.create(tools, with_pip=True)
    pip = [tools / "bin" / "python", "-m", "pip", "--quiet"]
    # Its build system is needed to read the metadata, and would else be fetched with a compiler's worth of tools.
    subprocess.run([*pip, "install", "scikit-build-core", "cmake", "ninja"], check=True)
    subprocess.run(
        [*pip, "download", "--no-deps", "--no-build-isolation", "--no-binary", "llama-cpp-python", "--dest", scratch, "llama-cpp-python"],
        check=True, env=os.environ | {"PATH": f"{tools / 'bin'}:{os.environ['PATH']}"})
    [archive] = scratch.glob("llama_cpp_python*.tar.gz")
    folder = scratch / "templates"
    folder.mkdir()
    with tarfile.open(archive) as file:
        for member in file:
            if member.isfile() and member.name.endswith(".jinja") and "/models/templates/" in member.name:
                (folder / pathlib.PurePath(member.name).name).write_bytes(file.extractfile(member).read())
    return sorted(folder.glob("*.jinja"))


def model(folder, template):
    """The smallest tokenizer that has the template: every text is unknown to it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
        "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2}, "unk_token": "<unk>"}}))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": False,
        "rstrip": False, "normalized": False, "single_word": False, "__type": "AddedToken"}, "unk_token": "<unk>"}))
    (folder / "chat_template.jinja").write_bytes(template.read_bytes())
    return folder


def ours(program, folder, conversation, prompts):
    file = folder / "conversation.jsonl"
    file.write_text(json.dumps(conversation) + "\n")
    command = [program, "tokenize", "--model", folder, "--conversation", file] + ["--add_generation_prompt"] * prompts
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return {"text": json.loads(done.stdout)["text"]}
    return {"error": done.stderr.strip()} if done.returncode == 1 else {"crash": done.returncode, "error": done.stderr}


def theirs(tokenizer, conversation, prompts):
    try:
        return {"text": tokenizer.apply_chat_template(conversation, add_generation_prompt=prompts, tokenize=False)}
    except Exception as error:
        return {"error": str(error)}


def compare_templates(templates, program, scratch):
    conversations = json.loads((HERE / "conversations.json").read_text())
    texts = errors = differences = 0
    for template in templates:
        folder = model(scratch / "model", template)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(str(folder))
        for name, conversation in conversations.items():
            for prompts in (False, True):
                expected = theirs(tokenizer, conversation, prompts)
                found = ours(program, folder, conversation, prompts)
                if "text" in expected and found == expected:
                    texts += 1
                elif "error" in expected and "error" in found and "crash" not in found:
                    errors += 1
                    # The words may differ; that both refuse may not.
                else:
                    differences += 1
                    print(f"{template.name}, {name}, add_generation_prompt={prompts}:\n  {expected}\n  {found}")
    print(f"{len(templates)} templates: {texts} texts and {errors} errors agree, {differences} differ")
    return differences


def compare_random(count, seed, scratch):
    cases = scratch / "cases.jsonl"
    with cases.open("w") as file:
        subprocess.run([sys.executable, "-W", "ignore", HERE / "fuzz.py", str(count), str(seed)], stdout=file, check=True)
    done = subprocess.run(
        ["swift", "test", "--skip-build", "--disable-xctest", "--filter", "JinjaReferenceTests"], cwd=ROOT,
        env=os.environ | {"BERGSON_JINJA_CASES": str(cases)}, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:])
    print(f"{count} random templates (seed {seed}): {'they differ' if done.returncode else 'all agree'}")
    return done.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scratch", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=20_000, help="random templates, run by the built tests; 0 for none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=ROOT / ".build/debug/bergson")
    parser.add_argument("templates", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    templates = arguments.templates or shipped_templates(arguments.scratch)
    if len(templates) < 10 and not arguments.templates:
        sys.exit(f"only {len(templates)} templates were found; there should be at least ten")
    differences = compare_templates(templates, arguments.program, arguments.scratch)
    if arguments.count:
        differences += compare_random(arguments.count, arguments.seed, arguments.scratch)
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
