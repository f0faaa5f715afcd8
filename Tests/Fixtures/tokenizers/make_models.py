"""Writes the tokenizers with models other than byte-level BPE, and what the tokenizers library 0.23.3 makes of strings.json.

Needs the packages tokenizers and sentencepiece (for the character map). Each folder gets tokenizer.json and expected.json.
"""

import json
import pathlib
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
STRINGS = json.loads((HERE / "strings.json").read_text())
CORPUS = [json.loads(line) for line in (HERE / "../../../Examples/facts/corpus.jsonl").read_text().splitlines()]
TEXTS = [next(v for v in row.values() if isinstance(v, str)) for row in CORPUS[:400]] + STRINGS

# Longer, shorter, empty and equally long replacements; one that begins another; a grapheme of two characters.
RULES = ["\t| ", "\n| ", "\u3000| ", "\u200b|", "ﬁ|fi", "½|1\u20442", "①|1", "e\u0301|é", "A\u030a|Å", "…|...",
         "Ⅷ|VIII", "㍻|平成", "ａ|a", "カ\u3099|ガ", "x|y", "xy|z", "👍|:+1:", "ß|ss", "q|kw", "\u0301|"]


def charsmap():
    """A character map of SentencePiece with RULES."""
    with tempfile.TemporaryDirectory() as folder:
        rules, text, prefix = (f"{folder}/{name}" for name in ("rules.tsv", "text.txt", "model"))
        encode = lambda side: " ".join(f"{ord(c):X}" for c in side)
        pathlib.Path(rules).write_text("".join("\t".join(map(encode, rule.split("|"))) + "\n" for rule in RULES))
        pathlib.Path(text).write_text("\n".join(t.replace("\n", " ") for t in TEXTS))
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=prefix, vocab_size=500, normalization_rule_tsv=rules, minloglevel=2,
            model_type="char", hard_vocab_limit=False)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(pathlib.Path(prefix + ".model").read_bytes())
        return model.normalizer_spec.precompiled_charsmap


def unigram(alphabet=(), **trainer):
    return trainers.UnigramTrainer(vocab_size=400, unk_token="<unk>", show_progress=False, **trainer)


def trained(tokenizer, trainer, texts=TEXTS):
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def unigram_style():
    """As XLM-RoBERTa's and T5's: a character map, Metaspace, a token behind."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(charsmap()), normalizers.Strip(left=False, right=True),
        normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trained(tokenizer, unigram(special_tokens=["<s>", "<pad>", "</s>", "<unk>"]), TEXTS[:400])
    tokenizer.post_processor = processors.TemplateProcessing(
        "$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    return tokenizer


def unigram_bytes():
    """As Llama's in the Unigram form: unknown characters in bytes, the whole text one word."""
    source = json.loads(unigram_style().to_str())["model"]["vocab"]
    pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)]
    pieces += [(f"<0x{byte:02X}>", -20.0 - byte / 256) for byte in range(256)]
    pieces += [(piece, score) for piece, score in source[4:] if piece.isascii() or "▁" in piece]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(["<s>", "</s>"])
    return tokenizer


def wordpiece_style():
    """As BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trained(tokenizer, trainers.WordPieceTrainer(
        vocab_size=400, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]), TEXTS[:400])
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def wordlevel_scripts():
    """Whole words between changes of script, and texts that are cut at their beginning."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.UnicodeScripts(), pre_tokenizers.Digits(), pre_tokenizers.Punctuation("merged_with_next"),
        pre_tokenizers.FixedLength(6)])
    trained(tokenizer, trainers.WordLevelTrainer(
        vocab_size=400, show_progress=False, special_tokens=["[UNK]", "[CLS]"]))
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", 1)])
    tokenizer.enable_truncation(6, stride=2, direction="left")
    tokenizer.enable_padding(length=8, pad_id=0, pad_token="[UNK]")
    return tokenizer


def columns(encoding):
    return {"ids": encoding.ids, "tokens": encoding.tokens, "offsets": encoding.offsets}


for make in (unigram_style, unigram_bytes, wordpiece_style, wordlevel_scripts):
    tokenizer = make()
    folder = HERE / make.__name__
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    tokenizer.no_padding()
    cut = [columns(tokenizer.encode(text)) for text in STRINGS] if tokenizer.truncation else None
    tokenizer.no_truncation()
    rows = []
    for index, text in enumerate(STRINGS):
        row = columns(tokenizer.encode(text))
        row["ids_without_special_tokens"] = tokenizer.encode(text, add_special_tokens=False).ids
        row["decoded"] = tokenizer.decode(row["ids"])
        if cut:
            row["truncated"] = cut[index]
        rows.append(json.dumps(row, separators=(",", ":")))
    (folder / "expected.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")
