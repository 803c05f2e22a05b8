"""Inputs on which mutant_driver runs mutants: listed shapes of a task and odd
ones, declared values and two other families."""

import array
import ast
import random
import re
import tomllib

DTYPES = {"f64": 0, "f32": 1, "f16": 2, "bf16": 3, "i64": 6, "i32": 7}
CPP_TYPES = {"f32": "float", "i64": "int64_t", "i32": "int32_t"}
CODES = {"f32": "f", "i64": "q", "i32": "i"}
ODD_SHAPES = 5
# Listed shapes with more elements are left out: the reference that carries
# errors takes seconds there.
MOST_ELEMENTS = 4_000_000
NON_FINITE = (float("nan"), float("inf"), float("-inf"))


class Task:
    """A shipped task's file, with its expressions evaluated."""

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        self.spec = tomllib.loads((folder / "task.toml").read_text())
        self.inputs, self.outputs = self.spec["inputs"], self.spec["outputs"]

    def listed(self):
        """The shapes that a CPU is judged at."""
        return [s for s in self.spec["shapes"] if "cpu" in s.get("for", ["cpu"])]

    def tensors(self):
        return self.inputs + self.outputs

    def supported(self):
        return bool(self.listed()) and all(
            tensor["dtype"] in CPP_TYPES for tensor in self.tensors())

    def attributes(self, shape):
        given = shape.get("attributes", {})
        return [given.get(a["name"], a["default"])
                for a in self.spec.get("attributes", [])]

    def extents(self, tensor, shape):
        return [int(value_of(entry, shape)) for entry in tensor["shape"]]

    def elements(self, shape):
        return sum(product(self.extents(t, shape)) for t in self.tensors())

    def has_normal_inputs(self):
        return any(t["values"].startswith("normal") for t in self.inputs)


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def truncating(left, right, quotient):
    """C's / and % of whole numbers."""
    whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return whole if quotient else left - whole * right


def value_of(expression, names):
    """An expression of the task format."""
    if not isinstance(expression, str):
        return expression
    return walk(ast.parse(expression.strip(), mode="eval").body, names)


def walk(node, names):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp):
        return -walk(node.operand, names)
    if isinstance(node, ast.Call):
        values = [walk(argument, names) for argument in node.args]
        if node.func.id == "ceildiv":
            return -(-values[0] // values[1])
        return {"min": min, "max": max}[node.func.id](values)
    left, right = walk(node.left, names), walk(node.right, names)
    if isinstance(node.op, (ast.Div, ast.Mod)):
        if isinstance(left, int) and isinstance(right, int):
            return truncating(left, right, isinstance(node.op, ast.Div))
        return left / right
    return {ast.Add: left + right, ast.Sub: left - right,
            ast.Mult: left * right}[type(node.op)]


def jagged_offsets(dice, count, total):
    inner = sorted(dice.randint(0, total) for _ in range(count - 2))
    return [0, *inner, total] if count > 1 else [total]


def draw(dice, tensor, count, shape):
    """One input, by its declared generator."""
    name, inside = re.fullmatch(r"(\w+)\((.*)\)", tensor["values"]).groups()
    words = [value_of(word, shape) for word in inside.split(",")]
    if name == "normal":
        return [dice.gauss(*words) for _ in range(count)]
    if name == "uniform":
        return [dice.uniform(*words) for _ in range(count)]
    if name == "randint":
        return [dice.randint(*map(int, words)) for _ in range(count)]
    if name == "increasing":
        low, high = map(int, words)
        return sorted(dice.sample(range(low, high + 1), count))
    if name == "jagged_offsets":
        return jagged_offsets(dice, count, int(words[0]))
    raise ValueError(f"no generator {name}")


def changed(dice, family, tensor, values):
    """The same input in another family; other than normal ones stay."""
    if not tensor["values"].startswith("normal"):
        return values
    if family == "large":
        return [64 * value for value in values]
    if family == "special":
        return [dice.choice(NON_FINITE) if dice.random() < 0.02 else value
                for value in values]
    return values


def odd_shapes(task, dice):
    """Small shapes of the domain, with nothing to divide by."""
    shapes = []
    while len(shapes) < ODD_SHAPES:
        shape = {}
        for name in task.spec["dims"]:
            low, high = task.spec["domain"][name]
            reach = min(high, (7, 37, 73)[len(shapes) % 3])
            shape[name] = min(high, max(low, 1, dice.randint(low, reach) | 1))
        shapes.append(shape)
    return shapes


def line(name, *numbers):
    return " ".join(map(str, (name, *numbers))).encode() + b"\n"


def write_case(out, task, dice, case):
    name, family, shape = case
    factor = 1 if family == "declared" else 4
    out.write(line(name, factor, len(task.inputs), len(task.outputs),
                   *task.attributes(shape)))
    for tensor in task.inputs:
        extents = task.extents(tensor, shape)
        out.write(line(DTYPES[tensor["dtype"]], 0, *extents))
        values = draw(dice, tensor, product(extents), shape)
        values = changed(dice, family, tensor, values)
        array.array(CODES[tensor["dtype"]], values).tofile(out)
    for tensor in task.outputs:
        is_free = tensor.get("nonfinite") == "unspecified"
        out.write(line(DTYPES[tensor["dtype"]], int(is_free),
                       *task.extents(tensor, shape)))


def write_cases(path, task, seed):
    """The cases file of a task."""
    dice = random.Random(f"{seed} {task.name}")
    listed = sorted(task.listed(), key=task.elements)
    cases = [(f"listed_{s['name']}", "declared", s) for i, s in enumerate(listed)
             if i == 0 or task.elements(s) <= MOST_ELEMENTS]
    odd = odd_shapes(task, dice)
    cases += [(f"odd_{i}", "declared", shape) for i, shape in enumerate(odd)]
    if task.has_normal_inputs():
        largest = max(odd, key=task.elements)
        cases += [(f"odd_{family}", family, largest)
                  for family in ("large", "special")]
    with open(path, "wb") as out:
        for case in cases:
            write_case(out, task, dice, case)
    return [name for name, _, _ in cases]
