"""Writes normalization.json: random text and its four normalization forms, from Python's unicodedata.

Half of the characters take part in compositions, reordering or Hangul, the rest is drawn from all that Unicode 12
had assigned: the tables of the tokenizers library are about that old, and normalization of assigned characters never
changes.
"""

import json
import pathlib
import random
import unicodedata

POOL = "aeoAs ｱﾞカ\u3099가각한\u1100\u1112\u1161\u11a8\u11ab\u0301\u0323\u0307\u0308\u0302\u0344éÅｶ½ﬁ①\u212b\u1e9b\u0958\ufdfa\u0f73\u0f71"
ANY = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co") and c < 0x1F900]

random.seed(1)
rows = []
for length in [1, 2, 3, 4, 5, 6, 8, 12] * 25:
    text = "".join(random.choice(POOL) if random.random() < 0.8 else random.choice(ANY) for _ in range(length))
    rows.append([text] + [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")])
path = pathlib.Path(__file__).parent / "normalization.json"
path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
