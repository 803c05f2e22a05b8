"""Tells where a kernel's compilation begins and ends, and what came of it.

Not by Triton's own hooks (knobs.runtime.jit_cache_hook): for those it writes every
constexpr as JSON, which a function, a dtype or a tuple of them cannot be.
"""

from triton.runtime.jit import JITFunction

_compile = JITFunction._do_compile


def tell(stage, keep):
    """`stage` is called with "compile", and with "run" once that has worked; `keep`
    with each image and the PTX that it was made of."""
    def compile_and_tell(self, *args, **kwargs):
        stage("compile")
        kernel = _compile(self, *args, **kwargs)
        texts = getattr(kernel, "asm", {})
        if "cubin" in texts and "ptx" in texts:
            keep(texts["cubin"], texts["ptx"])
        stage("run")
        return kernel

    JITFunction._do_compile = compile_and_tell
