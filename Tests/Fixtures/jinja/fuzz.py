"""Random Jinja templates over JSON data, with what jinja2 makes of them, as JSON lines.

usage: fuzz.py COUNT SEED [LENGTH] > cases.jsonl

The first line has the variables of all templates. LENGTH bounds a template and its text, in characters.

Half of the templates run in jinja2's own environment, half in that of transformers' chat templates, whose settings are
repeated here. Left out is what this project refuses by design: integers beyond 64 bits, changes of lists and
dictionaries (none are generated), and texts with the address of an object.
"""
import json
import random
import re
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

DATA = {
    "x": 5, "y": -3, "z": 0, "f": 1.5, "g": -0.25, "s": "Hello, Wörld", "t": "  a b\tc\n\nd  ", "u": "", "v": "ΑΣ ß ǆ é́ 12",
    "l": [3, 1, 2], "m": ["b", "A", "c", "a"], "e": [], "n": None, "b": True, "c": False, "nested": [[1, [2]], [3]],
    "d": {"a": 1, "b": [1, {"c": None}], "items": 3, "k y": "v"}, "o": {},
    "users": [
        {"role": "user", "content": " hi ", "age": 3, "tags": ["x", "y"]},
        {"role": "assistant", "content": "yo", "age": 1.5, "tags": []},
        {"role": "user", "content": "", "age": None},
    ],
}
NAMES = list(DATA) + ["missing"]
INTEGERS = ["0", "1", "2", "3", "-1", "-2", "7", "10"]
STRINGS = ["''", "'a'", "'b'", "', '", "'l'", "'lo'", "' '", "'%s'", "'%d|%5.1f'", "'{}'", "'{0:>5}'", "'<b>&'", "'a.b'", "'é'", "'\\n'"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence",
         "iterable", "odd", "even", "lower", "upper", "true", "false", "callable", "divisibleby 2", "eq(1)", "ne 'a'",
         "lt(2)", "ge(1)", "in [1, 2]", "in 'abc'", "sameas none", "sameas true"]
FILTERS = ["upper", "lower", "trim", "length", "first", "last", "list", "join", "join(', ')", "string", "int", "float",
           "abs", "round", "round(1)", "round(1, 'floor')", "sort", "sort(reverse=true)", "unique|list", "reverse|list", "sum", "min", "max",
           "tojson", "tojson(indent=2)", "default('q')", "default('q', true)", "d(1)", "replace('a', 'bb')", "replace('', '-', 2)",
           "capitalize", "title", "indent", "indent(2, true)", "wordcount", "truncate(6)", "truncate(6, true, '~', 0)", "items|list", "dictsort",
           "dictsort(true, 'value')", "batch(2)|list", "batch(2, 0)|list", "slice(2)|list", "slice(2, 'f')|list", "map('string')|list", "map('upper')|join('-')",
           "map(attribute='role')|list", "map(attribute='age', default=9)|list", "selectattr('age')|list", "rejectattr('age')|list",
           "selectattr('role', 'equalto', 'user')|map(attribute='content')|list", "select|list", "reject('none')|list", "select('odd')|list",
           "groupby('role')", "attr('a')", "e", "escape", "safe", "forceescape", "center(9)", "format(1)", "urlencode", "trim('a ')",
           "int(3)", "int('x', 16)", "float(2)", "count", "filesizeformat", "sum(start=1)", "min(attribute='age')", "pprint"]
METHODS = ["upper()", "lower()", "strip()", "lstrip()", "rstrip('dl ')", "split()", "split('l')", "split(' ', 1)", "rsplit('l', 1)",
           "splitlines()", "startswith('H')", "endswith(('d', 'c'))", "replace('l', 'LL', 1)", "find('l')", "rfind('l')",
           "count('l')", "title()", "capitalize()", "swapcase()", "isdigit()", "isalpha()", "isalnum()", "isupper()", "isspace()", "zfill(4)", "center(8, '*')",
           "ljust(5)", "rjust(20, '.')", "partition('l')", "rpartition(' ')", "join(['a', 'b'])", "format(1, 2)", "index('l')", "keys()|list", "values()|list",
           "items()|list", "get('a')", "get('q', 2)", "get('b')", "index(1)", "count(1)", "removeprefix('He')", "removesuffix('ld')", "expandtabs(4)",
           "casefold()", "istitle()", "copy()", "a", "b", "items", "role", "content", "b[1].c", "nothing"]
GLOBALS = ["range(3)", "range(1, 8, 3)|list", "range(5, 0, -2)|list", "dict(a=1, b=x)", "namespace(a=1).a", "cycler(1, 2).next()", "range(4)[1:]|list"]
FORMATS = ["'%s' % {}", "'%r|%s' % ({}, {})", "'%5s|%-5s|' % ({}, {})", "'%d' % {}", "'%05d' % {}", "'%+d' % {}", "'%.2f' % {}", "'%x' % {}", "'%e' % {}",
           "'%g' % {}", "'%(a)s' % {}", "'%c' % {}", "'%.3s' % {}", "'{{}} {{}}'.format({}, {})", "'{{0!r:>12}}'.format({})", "'{{:<6}}|'.format({})",
           "'{{:^9}}|'.format({})", "'{{:+d}}'.format({})", "'{{:,}}'.format({})", "'{{:.2f}}'.format({})", "'{{:08.3f}}'.format({})", "'{{:x}}'.format({})",
           "'{{:.3}}'.format({})", "'{{:e}}'.format({})", "'{{:%}}'.format({})", "'{{:g}}'.format({})", "'{{a}}'.format(a={})", "'{{0[0]}}'.format({})"]


def expression(rng, depth):
    choice = rng.random()
    if depth <= 0 or choice < 0.2:
        return rng.choice([rng.choice(NAMES), rng.choice(NAMES), rng.choice(NAMES), rng.choice(INTEGERS), rng.choice(STRINGS), "1.5", "true", "none"])
    sub = lambda: expression(rng, depth - 1)
    kinds = [
        lambda: f"({sub()} {rng.choice(['+', '-', '*', '/', '//', '%', '~', '+', '~'])} {sub()})",
        lambda: f"({sub()} {rng.choice(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'])} {sub()})",
        lambda: f"({sub()} {rng.choice(['and', 'or'])} {sub()})",
        lambda: f"(not {sub()})",
        lambda: f"({sub()} if {sub()} else {sub()})",
        lambda: f"({sub()} if {sub()})",
        lambda: f"{sub()}|{rng.choice(FILTERS)}",
        lambda: f"{sub()}|{rng.choice(FILTERS)}",
        lambda: f"{sub()}|{rng.choice(FILTERS)}",
        lambda: f"({sub()} is {rng.choice(['', 'not '])}{rng.choice(TESTS)})",
        lambda: f"{rng.choice(NAMES)}.{rng.choice(METHODS)}",
        lambda: f"({sub()}).{rng.choice(METHODS)}",
        lambda: f"{rng.choice(NAMES)}.{rng.choice(METHODS)}",
        lambda: f"{rng.choice(NAMES)}[{sub()}]",
        lambda: f"{rng.choice(NAMES)}[{rng.choice(INTEGERS + [''])}:{rng.choice(INTEGERS + [''])}]",
        lambda: f"{rng.choice(NAMES)}[{rng.choice(INTEGERS + [''])}:{rng.choice(INTEGERS + [''])}:{rng.choice(['1', '2', '-1', '-2', ''])}]",
        lambda: f"[{sub()}, {sub()}]",
        lambda: f"({sub()}, {sub()})",
        lambda: "{'p': %s, 'q': %s}" % (sub(), sub()),
        lambda: f"(-{sub()})",
        lambda: f"({rng.choice(INTEGERS)} ** {rng.choice(INTEGERS)})",
        lambda: f"({sub()} < {sub()} < {sub()})",
        lambda: rng.choice(GLOBALS),
        lambda: rng.choice(STRINGS) + "|" + rng.choice(FILTERS),
    ]
    if rng.random() < 0.08:
        form = rng.choice(FORMATS)
        count = len(re.findall(r"(?<!\{)\{\}(?!\})", form))
        return "(" + form.format(*[sub() for _ in range(count)]) + ")"
    return rng.choice(kinds)()


def sign(rng):
    return rng.choice(["", "", "", "-", "+"])


def block(rng, depth, chat, loops):
    """A template with statements; `loops` is how many loops are around it."""
    parts = []
    for _ in range(rng.randint(1, 3)):
        parts.append(rng.choice(["", "\n", "  ", "text ", " \n  ", "a\r\nb", "{ "]))
        begin = lambda: "{%" + sign(rng)
        end = lambda: rng.choice(["", "", "-", "+"]) + "%}"
        body = lambda more=0: block(rng, depth - 1, chat, loops + more)
        kinds = [lambda: "{{" + rng.choice(["", "-", " "]) + " " + expression(rng, 2) + " " + rng.choice(["", "-"]) + "}}"] * 4
        kinds.append(lambda: begin() + " set " + rng.choice(NAMES + ["w"]) + " = " + expression(rng, 1) + " " + end())
        kinds.append(lambda: "{#" + sign(rng) + " note #}")
        kinds.append(lambda: begin() + " raw %}{{ x }}{% endraw " + end())
        if loops:
            kinds.append(lambda: "{{ loop." + rng.choice(["index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem", "depth", "cycle('p', 'q')", "changed(x)"]) + " }}")
            if chat:
                kinds.append(lambda: begin() + " if " + expression(rng, 1) + " %}{% " + rng.choice(["break", "continue"]) + " %}{% endif " + end())
        if depth > 0:
            kinds += [
                lambda: begin() + f" if {expression(rng, 1)} " + end() + body() + (begin() + f" elif {expression(rng, 1)} " + end() + body() if rng.random() < 0.3 else "") + (begin() + " else " + end() + body() if rng.random() < 0.5 else "") + begin() + " endif " + end(),
                lambda: begin() + f" for {rng.choice(['i', 'x', 'i, j'])} in {expression(rng, 1)}{rng.choice(['', '', ' if ' + expression(rng, 1)])} " + end() + body(1) + (begin() + " else " + end() + body() if rng.random() < 0.3 else "") + begin() + " endfor " + end(),
                lambda: begin() + f" for i in {rng.choice(['l', 'm', 'users', 'd', 'nested', 'range(3)'])} " + end() + body(1) + begin() + " endfor " + end(),
                lambda: "{% for i in nested recursive %}({{ loop.depth }}{{ loop(i) if i is iterable and i is not string else i }}){% endfor %}",
                lambda: begin() + " set w " + end() + block(rng, depth - 1, chat, 0) + begin() + " endset " + end() + "{{ w|length }}",
                lambda: begin() + " filter " + rng.choice(["upper", "trim", "replace('a', 'b')", "indent|upper"]) + " " + end() + block(rng, depth - 1, chat, 0) + begin() + " endfilter " + end(),
                lambda: begin() + " macro h(p, q=" + expression(rng, 1) + ") " + end() + block(rng, depth - 1, chat, 0) + "{{ p }}{{ q }}{{ x }}" + begin() + " endmacro " + end() + "{{ h(" + rng.choice(["", "1", "1, 2", "q=3", "1, 2, 3"]) + ") }}",
                lambda: "{% macro k() %}<{{ caller(x) }}>{% endmacro %}" + begin() + " call(r) k() " + end() + block(rng, depth - 1, chat, 0) + "{{ r }}" + begin() + " endcall " + end(),
                lambda: begin() + f" with w = {expression(rng, 1)} " + end() + body() + begin() + " endwith " + end(),
                lambda: "{% set ns = namespace(a=x) %}{% for i in l %}{% set ns.a = ns.a ~ i %}{% endfor %}{{ ns.a }}",
            ]
            if chat:
                kinds.append(lambda: begin() + " generation " + end() + block(rng, depth - 1, chat, 0) + begin() + " endgeneration " + end())
        parts.append(rng.choice(kinds)())
    return "".join(parts)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environments():
    chat = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    chat.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    return {False: jinja2.Environment(), True: chat}


def main(count, seed, length=100_000):
    print(json.dumps({"variables": DATA}))
    rng = random.Random(seed)
    envs = environments()
    written = 0
    while written < count:
        is_chat = rng.random() < 0.5
        template = "{{ " + expression(rng, 3) + " }}" if rng.random() < 0.5 else block(rng, 2, is_chat, 0)
        if len(template) > length:
            continue
        case = {"template": template, "chat": is_chat}
        try:
            case["text"] = envs[is_chat].from_string(template).render(**json.loads(json.dumps(DATA)))
            if re.search(r" at 0x|object at|<(function|class|built-in|bound|generator|LoopContext|Namespace)|%20object%20at|\d{19}", case["text"]) or len(case["text"]) > length:
                continue
            case["text"].encode()
        except RecursionError:
            continue
        except Exception as error:
            case["error"] = type(error).__name__
            case["message"] = str(error)
        print(json.dumps(case))
        written += 1


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
