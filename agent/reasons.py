"""Plain words for every code that is not a fault: why nothing is known, why a check is off, why the light.

Codes are dotted and stable, words are not. A code of the form "family.detail" that has no line of its own
takes its family's line, so that a new code is never shown bare.
"""

from collections.abc import Mapping

from config.messages import mark

REASONS: Mapping[str, str] = {
    # the program itself
    "agent.crashed": mark("The check program made a mistake here; its log says which."),
    "check.overrun": mark("The check took too long and was stopped."),
    "not_configured": mark("Not set up on this desk."),
    "not_built": mark("This version cannot check this yet."),
    "disabled": mark("Switched off by IT."),
    "off": mark("Switched off."),
    # the light
    "not_yet_checked": mark("Not checked yet."),
    "stale": mark("The last result is too old to rely on."),
    "recovering": mark("It works again; one more good result will confirm it."),
    "flapping": mark("It keeps failing and recovering; wait until it has been quiet for a while."),
    "parent_failed": mark("Something it depends on has failed first."),
    "maintenance": mark("Under maintenance."),
    "stopped_until_retest": mark(
        "Stopped after a fault; it may be used again once it has passed its retest."
    ),
    "checking_after_resume": mark("The computer has just woken up or changed networks; checking again."),
    "off_hours": mark("Outside working hours."),
    "nothing_checked": mark("Nothing has been checked."),
    # tools of the operating system
    "tool.missing": mark("A program that this check needs is not installed."),
    "tool.not_permitted": mark("The check program is not allowed to look here."),
    "tool.hung": mark("The operating system's own tool did not answer."),
    "tool.flood": mark("The operating system's own tool answered with far too much."),
    "tool.failed": mark("The operating system's own tool reported an error."),
    # families: what is said of any other code that begins so
    "agent": mark("The check program could not tell."),
    "check": mark("The check could not be completed."),
    "tool": mark("The operating system's own tool could not tell."),
    "to_confirm": mark("A question of the morning card is still open."),
    "reported": mark("Someone at this desk reported a problem."),
}
UNKNOWN = mark("It could not be checked; that does not mean it is fine.")

VERDICTS: Mapping[str, str] = {
    "green": mark("Ready for work"),
    "amber": mark("You can work; something needs attention"),
    "grey": mark("Not known (this does not mean fine)"),
    "red": mark("Do not start yet"),
}
STATES: Mapping[str, str] = {
    "ok": mark("good"),
    "warn": mark("attention"),
    "fail": mark("broken"),
    "unknown": mark("not known"),
    "off": mark("not checked"),
}
SUPPLY_KINDS: Mapping[str, str] = {
    "toner": mark("toner"),
    "ink": mark("ink"),
    "drum": mark("drum"),
    "fuser": mark("fuser"),
    "waste": mark("waste container"),
    "transfer": mark("transfer unit"),
    "developer": mark("developer"),
    "staples": mark("staples"),
    "ribbon": mark("ribbon"),
    "cleaner": mark("cleaning unit"),
    "roller": mark("rollers"),
    "other": mark("supply"),
}
COLOURS: Mapping[str, str] = {
    "black": mark("black"),
    "cyan": mark("cyan"),
    "magenta": mark("magenta"),
    "yellow": mark("yellow"),
    "light_cyan": mark("light cyan"),
    "light_magenta": mark("light magenta"),
    "grey": mark("grey"),
    "red": mark("red"),
    "green": mark("green"),
    "blue": mark("blue"),
    "white": mark("white"),
    "tricolour": mark("three-colour"),
}
MODULES: Mapping[str, str] = {
    "product_query": mark("Product query"),
    "contract_management": mark("Contract management"),
    "claims": mark("Claims"),
}
SERVICES: Mapping[str, str] = {
    "print_spooler": mark("Printing service"),
    "scan_service": mark("Scanning service"),
}
CLOSED_SETS: Mapping[str, Mapping[str, str]] = {"kind": SUPPLY_KINDS, "colour": COLOURS}
NAMES: Mapping[str, Mapping[str, str]] = {"module": MODULES, "service": SERVICES}
