"""What was refused, in a sentence for the person who tried it; the same rules as on the command line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from agent.incidents.actions import BadAction, Refused
from agent.store.errors import StoreError
from agent.words import Lang, say
from config.messages import mark

_MISSING: Mapping[str, str] = {
    "substitute": mark("This device has not just been found working. Choose one that is offered here."),
    "case": mark("Enter the case number, such as K7Q-2M9; never a client's name."),
    "action": mark("Choose what was done to repair it."),
    "category": mark("Choose what kind of cause it was."),
    "reason": mark("Say in a few words why it is cancelled."),
    "retested": mark("Only a passed retest ends this; it is tested again by itself."),
    "reported": mark("Only a passed retest ends this; it is tested again by itself."),
    "recovered": mark("The fault is still there. Say “Done” once it is repaired, then it is tested again."),
    "open incident": mark("This has ended already; there is nothing left to do here."),
    "question": mark("This question is not asked any more."),
    "device": mark("Choose which device it is."),
}
_CLIENT_DATA = mark("This looks like a client's data. Leave out names, numbers and addresses of clients.")
_BAD: Mapping[str, str] = {
    "minutes": mark("Enter the minutes as a number."),
    "choices": mark("Tick what you see, or write it in a few words."),
    "note": mark("The note is too long: one line of at most 200 characters."),
    "answer": mark("Answer with “Yes” or “Problem”."),
}
_UNCLEAR = mark("That could not be done. Check what you entered and try again.")
_NOT_SAVED = mark("It could not be saved just now, so nothing has been done. Try again in a minute.")


def number(text: str, name: str) -> float:
    """Read an amount that a person typed. Raises BadAction."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise BadAction(f"{name}: a number") from None


class Caught:
    """What a refused action says; empty where it was done."""

    text = ""


@contextmanager
def caught(lang: Lang) -> Iterator[Caught]:
    """Turn what an action refuses into a sentence."""
    found = Caught()
    try:
        yield found
    except Refused as refused:
        is_private = "client's data" in refused.why
        found.text = say(_CLIENT_DATA if is_private else _MISSING.get(refused.missing, _UNCLEAR), lang)
    except BadAction as error:
        found.text = say(_BAD.get(str(error).partition(":")[0], _UNCLEAR), lang)
    except StoreError:
        found.text = say(_NOT_SAVED, lang)
