"""What a cubin says of a kernel: where it wants its parameters, since the driver
adds nothing to it and how the first is aligned depends on the architecture, and
how many registers a thread takes."""

import struct

from .failure import Refusal

SECTION = struct.Struct("<IIQQQQIIQQ")
HEADER_SECTIONS = struct.Struct("<QI6H")  # from the 40th byte of the file
PARAMETER, LARGE_PARAMETER, REGISTERS = 0x17, 0x45, 0x2f
MOST_SYMBOLS = (1 << 24) - 1  # older compilers have a count above the symbol
WITH_PAYLOAD = 4


def layout(image, kernel):
    """(offset, bytes) of each parameter, in order."""
    try:
        _, offset, length = _section(image, ".nv.info." + kernel)
        section = image[offset:offset + length]
        found = dict(_parameters(section))
        return [found[number] for number in range(len(found))]
    except (struct.error, KeyError, IndexError, ValueError) as error:
        raise Refusal(f"the image of {kernel} does not say what its parameters "
                      "are") from error


def registers(image, kernel):
    """Of each thread; they stand where those of all kernels do, by symbol."""
    try:
        symbol, _, _ = _section(image, ".text." + kernel)
        _, offset, length = _section(image, ".nv.info")
        common = image[offset:offset + length]
        counts = dict(struct.unpack_from("<II", common, at)
                      for what, at in _attributes(common) if what == REGISTERS)
        return counts[symbol & MOST_SYMBOLS]
    except (struct.error, KeyError, IndexError, ValueError) as error:
        raise Refusal(f"the image of {kernel} holds no code of it") from error


def _section(image, wanted):
    """What it refers to, where it begins, and its length."""
    if image[:4] != b"\x7fELF":
        raise ValueError("no ELF file")
    start, _, _, _, _, size, count, names = HEADER_SECTIONS.unpack_from(image, 40)
    sections = [SECTION.unpack_from(image, start + number * size)
                for number in range(count)]
    texts = sections[names][4]
    for name, _, _, _, offset, length, _, info, *_ in sections:
        begin = texts + name
        if image[begin:image.index(b"\0", begin)].decode() == wanted:
            return info, offset, length
    raise KeyError(wanted)


def _attributes(section):
    at = 0
    while at < len(section):
        form, what, size = struct.unpack_from("<BBH", section, at)
        at += 4
        if form != WITH_PAYLOAD:
            continue
        yield what, at
        at += size


def _parameters(section):
    for what, at in _attributes(section):
        if what in (PARAMETER, LARGE_PARAMETER):
            _, number, offset, packed = struct.unpack_from("<IHHI", section, at)
            bytes_ = packed >> 18 if what == PARAMETER else packed & 0xffff
            yield number, (offset, bytes_)
