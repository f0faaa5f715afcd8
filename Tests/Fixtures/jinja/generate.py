"""Writes expected.json and cases.jsonl: what transformers and jinja2 make of the templates here. See README.md."""
import json
import pathlib
import subprocess
import sys

from transformers.utils.chat_template_utils import render_jinja_template

HERE = pathlib.Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def render(template, conversation, add_generation_prompt):
    # What apply_chat_template does before it renders.
    conversation = [{key: value for key, value in message.items() if value is not None} for message in conversation]
    try:
        [text], _ = render_jinja_template(
            conversations=[conversation], chat_template=template, add_generation_prompt=add_generation_prompt, **TOKENS)
        return {"text": text}
    except Exception as error:
        return {"error": str(error)}


def main():
    conversations = json.loads((HERE / "conversations.json").read_text())
    expected = []
    for path in sorted((HERE / "templates").glob("*.jinja")):
        for name, conversation in conversations.items():
            for add_generation_prompt in (False, True):
                outcome = render(path.read_text(), conversation, add_generation_prompt)
                expected.append({
                    "template": path.name, "conversation": name, "add_generation_prompt": add_generation_prompt} | outcome)
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in expected)
    (HERE / "expected.json").write_text(f"[\n{lines}\n]\n")
    with (HERE / "cases.jsonl").open("w") as file:
        subprocess.run([sys.executable, "-W", "ignore", HERE / "fuzz.py", "300", "7", "200"], stdout=file, check=True)


if __name__ == "__main__":
    main()
