"""Values of ke:tune, as a candidate's module finds them."""


def parse_parameter(text):
    """An int, a float or a bool."""
    if not isinstance(text, str):
        return text
    words = {"true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return int(text)
    except ValueError:
        return float(text)
