"""A task's own Python files, as modules, and its tensors' declared types."""

import importlib.util
import itertools
import os
import pathlib
import shutil
import sys
import tempfile

from .dtypes import dtype_of
from .failure import CommandError
from .precision import check_precision

_numbers = itertools.count()


def _places(module):
    """Where a module's source lies; a folder's, which has no file."""
    spec = vars(module).get("__spec__")
    if not spec:
        return []
    return [spec.origin or "", *(spec.submodule_search_locations or [])]


class Task:
    """Written to a folder of its own, so that tools which read a function's
    source find it and files may import each other. Owns the folder."""

    def __init__(self, request):
        self.name = request["name"]
        self.inputs = [dtype_of(entry["dtype"]) for entry in request["inputs"]]
        self.outputs = [dtype_of(entry["dtype"])
                        for entry in request["outputs"]]
        self.attributes = list(request["attributes"])
        self.precision = check_precision(request.get("precision", ""))
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="ke-task-"))
        self._source = request["reference"]
        sys.path.insert(0, str(self._folder))
        try:
            self._write_files(request.get("files", {}))
            self.reference = self.load(self._source)
        except BaseException:
            self.close()
            raise

    def load(self, source=None):
        """A fresh module of `source`, or of the reference: its `reference` or
        `run`. Fresh, so that what compiles one leaves others as they are."""
        name = f"ke_task_module_{next(_numbers)}"
        path = self._folder / f"{name}.py"
        path.write_text(self._source if source is None else source)
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        for function in ("reference", "run"):
            if callable(getattr(module, function, None)):
                return getattr(module, function)
        raise CommandError(f"a file of task {self.name} defines neither "
                           "reference nor run")

    def close(self):
        folder = str(self._folder)
        sys.path[:] = [entry for entry in sys.path if entry != folder]
        for name, module in list(sys.modules.items()):
            if any(place.startswith(folder + os.sep)
                   for place in _places(module)):
                del sys.modules[name]
        shutil.rmtree(folder, ignore_errors=True)

    def _write_files(self, files):
        for path, text in files.items():
            target = (self._folder / path).resolve()
            if self._folder.resolve() not in target.parents:
                raise CommandError(f"{path} lies outside the task's folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
