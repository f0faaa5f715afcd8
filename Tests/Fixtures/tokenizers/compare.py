"""Compares ids, tokens and offsets of `bergson tokenize` with the tokenizers library on random Unicode strings."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--count", type=int, default=100_000, help="strings per tokenizer")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--program", default=".build/release/bergson")
parser.add_argument("--shown", type=int, default=3, help="differences that are shown for each tokenizer")
parser.add_argument("folders", nargs="+", type=pathlib.Path, help="folders of folders with tokenizer.json")
arguments = parser.parse_args()

import tokenizers

SCRIPTS = [(0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F),
           (0xE00, 0xE5B), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
           (0xFF00, 0xFFEF), (0x1F300, 0x1F6FF), (0x20000, 0x2A6DF)]
MARKS = [chr(c) for c in range(0x300, 0x370)] + list("\u0591\u05b0\u064b\u0670\u093c\u094d\u0e31\u0e38\u3099\u309a\u20d0")
SPACES = list(" \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2007\u2009\u2028\u2029\u202f\u205f\u3000") + ["  ", "\r\n"]
JOINERS = list("\u200b\u200c\u200d\u2060\ufeff\ufe0f\u00ad\u202e") + list("\U0001f3fb\U0001f3ff\U0001f1e6\U0001f1fa")
ODD = list("\x00\x01\x1f\x7f\x80\x9f\ufffd\uffff\ue000\U0010ffff\U000e0001ﬁ½①㍻Ⅷßẞİıſǆ가각ﷺ")
WORDS = "the of and to in that was don't it's we'll I'm we've they're 's 't 2024 3.14 1,000 Hello, WORLD! ... -- <> ()".split()


def piece(rng, special):
    kind = rng.randrange(16)
    if kind < 4:
        return rng.choice(WORDS)
    if kind < 6:
        return rng.choice(SPACES)
    if kind < 8:
        low, high = rng.choice(SCRIPTS)
        return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 6)))
    if kind < 10:
        return rng.choice("aeoqAOxßカ각ष") + "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 4)))
    if kind == 10:
        return rng.choice(JOINERS)
    if kind == 11:
        return rng.choice(ODD)
    if kind == 12 and special:
        token = rng.choice(special)
        return token if rng.random() < 0.7 else token[: rng.randint(1, len(token))]
    if kind == 13:
        return str(rng.randrange(10 ** rng.randint(1, 8)))
    if kind == 14:
        return rng.choice("aA.-!▁Ġ# ") * rng.randint(1, 12)
    code = rng.randrange(0x110000)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def text(rng, special):
    return rng.choice(["", " "]).join(piece(rng, special) for _ in range(rng.randint(1, 12)))


def compare(path):
    """The number of strings that differ, and the first of them with both answers."""
    reference = tokenizers.Tokenizer.from_file(str(path))
    reference.no_padding()
    special = [token.content for token in reference.get_added_tokens_decoder().values()]
    rng = random.Random(f"{arguments.seed} {path.parent.name}")
    texts = [text(rng, special) for _ in range(arguments.count)]
    with tempfile.TemporaryFile() as lines:
        lines.write("".join(json.dumps(t) + "\n" for t in texts).encode())
        lines.seek(0)
        command = [arguments.program, "tokenize", "--model", str(path), "--json"]
        with subprocess.Popen(command, stdin=lines, stdout=subprocess.PIPE) as program:
            different, shown = 0, []
            for t, line in zip(texts, program.stdout, strict=True):
                wanted = reference.encode(t)
                found = json.loads(line)
                offsets = [tuple(pair) for pair in found["offsets"]]
                if (found["ids"], found["tokens"], offsets) != (wanted.ids, wanted.tokens, wanted.offsets):
                    different += 1
                    if len(shown) < arguments.shown:
                        shown.append((t, list(zip(wanted.ids, wanted.offsets)), list(zip(found["ids"], offsets))))
    if program.returncode:
        sys.exit(f"{arguments.program} ended with {program.returncode}")
    return different, shown


failed = False
for path in sorted({p for folder in arguments.folders for p in folder.glob("*/tokenizer.json")}):
    different, shown = compare(path)
    failed = failed or different > 0
    print(f"{path.parent}: {different} of {arguments.count} strings differ", flush=True)
    for t, wanted, found in shown:
        print(f"  {ascii(t)}\n    wanted {wanted}\n    found  {found}")
sys.exit(failed)
