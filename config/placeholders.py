"""The `{names}` in the procedure's texts: how they are written, and which the program fills by itself."""

import re

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

# What the program knows of a fault beside the values of its check: the device, where to go on, whom to
# call, what was really delivered, and what a person ticked.
IN_FAULTS = frozenset(
    {
        "device",
        "device_place",
        "substitute",
        "substitute_place",
        "it_phone",
        "manager_phone",
        "ticket",
        "stations",
        "step",
        "eta",
        "choices",
    }
)
IN_QUESTIONS = frozenset({"required_items", "n_cases", "n_planned", "staff"})
IN_CLIENT_MESSAGES = frozenset({"step", "eta"})


def placeholders(text: str) -> frozenset[str]:
    """Return the names that a text asks for."""
    return frozenset(PLACEHOLDER.findall(text))


def blanks(text: str) -> str:
    """Return the text for a reader without values: an ellipsis for each placeholder."""
    return PLACEHOLDER.sub("…", text)
