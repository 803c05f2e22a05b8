"""Where a cubin wants a kernel's parameters: the driver adds nothing to it, and
how the first is aligned depends on the architecture."""

import struct

from .failure import Refusal

SECTION = struct.Struct("<IIQQQQIIQQ")
HEADER_SECTIONS = struct.Struct("<QI6H")  # from the 40th byte of the file
PARAMETER, LARGE_PARAMETER = 0x17, 0x45
WITH_PAYLOAD = 4


def layout(image, kernel):
    """(offset, bytes) of each parameter, in order."""
    try:
        section = _section(image, ".nv.info." + kernel)
        found = dict(_parameters(section))
        return [found[number] for number in range(len(found))]
    except (struct.error, KeyError, IndexError, ValueError) as error:
        raise Refusal(f"the image of {kernel} does not say what its parameters "
                      "are") from error


def _section(image, wanted):
    if image[:4] != b"\x7fELF":
        raise ValueError("no ELF file")
    start, _, _, _, _, size, count, names = HEADER_SECTIONS.unpack_from(image, 40)
    sections = [SECTION.unpack_from(image, start + number * size)
                for number in range(count)]
    texts = sections[names][4]
    for name, _, _, _, offset, length, *_ in sections:
        begin = texts + name
        if image[begin:image.index(b"\0", begin)].decode() == wanted:
            return image[offset:offset + length]
    raise KeyError(wanted)


def _parameters(section):
    at = 0
    while at < len(section):
        form, what, size = struct.unpack_from("<BBH", section, at)
        at += 4
        if form != WITH_PAYLOAD:
            continue
        if what in (PARAMETER, LARGE_PARAMETER):
            _, number, offset, packed = struct.unpack_from("<IHHI", section, at)
            bytes_ = packed >> 18 if what == PARAMETER else packed & 0xffff
            yield number, (offset, bytes_)
        at += size
