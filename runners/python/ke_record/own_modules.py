"""The judge's own modules are none of a candidate's business. A look at its text
names who imports them openly; what protects is that no verdict is made in a
process that a candidate's code runs in."""

import ast

from .failure import Tampering

OURS = ("ke_host", "ke_kernelbench", "ke_record", "ke_torch")


def refuse_imports(source, file):
    """Raises Tampering, or SyntaxError where the text is no Python."""
    for node in ast.walk(ast.parse(source, file)):
        for name in _imported(node):
            if name.split(".")[0] in OURS:
                raise Tampering(f"line {node.lineno}: imports {name}, which is the "
                                "judge's own")


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
