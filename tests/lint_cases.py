"""One bad file for each rule of lint: the small procedure with one thing written wrong."""

# What stands in the good file, what is written in its place, and the one problem that it makes.
BAD: dict[str, tuple[str, str, tuple[str, str, str, str, str | None]]] = {
    "unknown check of a clause": (
        'checks = ["lamp.level"]\nattest',
        'checks = ["lamp.level", "lamp.levle"]\nattest',
        ("clause", "1.1a", "checks", "unknown", "lamp.level"),
    ),
    "unknown fault of a clause": (
        'faults = ["LAMP_WEAK"]\n\n[[check]]',
        'faults = ["LAMP_WEEK"]\n\n[[check]]',
        ("clause", "1.1b", "faults", "unknown", "LAMP_WEAK"),
    ),
    "unknown test": (
        'tests = ["preop"]',
        'tests = ["preopp"]',
        ("clause", "1.1a", "tests", "unknown", "preop"),
    ),
    "a tick without a label": (
        'id = "filed"\n',
        'id = "field"\n',
        ("step", "file", "hard", "label_missing", None),
    ),
    "unknown tick": (
        'requires = ["counted"]',
        'requires = ["counted", "countd"]',
        ("clause", "1.1b", "requires", "unknown", "counted"),
    ),
    "tick of another step": (
        'requires = ["counted"]',
        'requires = ["filed"]',
        ("clause", "1.1b", "requires", "tick_elsewhere", None),
    ),
    "unknown clause": (
        'clause = "1.1a"\nwhen',
        'clause = "1.1c"\nwhen',
        ("attestation", "bright_enough", "clause", "unknown", "1.1b"),
    ),
    "unknown retest": (
        'retest = "lamp.level"',
        'retest = "lamp.leve"',
        ("fault", "LAMP_WEAK", "retest", "unknown", "lamp.level"),
    ),
    "unknown vocabulary": (
        'cadence = ["daily"]',
        'cadence = ["dayly"]',
        ("clause", "1.1a", "cadence", "unknown", "daily"),
    ),
    "unknown protective task": (
        'ppe_task = "bulb_change"',
        'ppe_task = "bulb_chang"',
        ("fault", "LAMP_WEAK", "ppe_task", "unknown", "bulb_change"),
    ),
    "question after an unknown test": (
        'when = "work_start"\nttl',
        'when = "after_test:preoop"\nttl',
        ("attestation", "bright_enough", "when", "unknown", "preop"),
    ),
    "id used twice": (
        'id = "file"',
        'id = "receive"',
        ("step", "receive", "id", "duplicate", None),
    ),
    "circle of parents": (
        'faults = ["LAMP_WEAK"]\n[[check]]',
        'faults = ["LAMP_WEAK"]\nparent = "lamp.colour"\n[[check]]',
        ("check", "lamp.level", "parent", "circle", None),
    ),
    "empty text": (
        'stop = { zh = "冒烟：停用。", en = "Smoke: stop using it." }',
        'stop = { zh = "冒烟：停用。", en = " " }',
        ("fault", "LAMP_WEAK", "stop", "text_missing", None),
    ),
    "empty text of a choice": (
        'en = "too dark"',
        'en = ""',
        ("attestation", "bright_enough", "choices.dark", "text_missing", None),
    ),
    "a step in one language only": (
        'en = ["Switch it off.", "Change the bulb."]',
        'en = ["Switch it off."]',
        ("fault", "LAMP_WEAK", "now", "steps_differ", None),
    ),
    "unequal placeholders": (
        "Use '{substitute}'.",
        "Use another.",
        ("fault", "LAMP_WEAK", "alternate", "placeholders_differ", None),
    ),
    "unequal placeholders of a variant": (
        'variants.windows.stop = { zh = "冒烟：拔掉。"',
        'variants.windows.stop = { zh = "冒烟：拔掉{device}。"',
        ("fault", "LAMP_WEAK", "variants.windows.stop", "placeholders_differ", None),
    ),
    "a value that nothing gives": (
        'cause = { zh = "灯太暗。现在 {lux}。", en = "The lamp is weak. Now: {lux}." }',
        'cause = { zh = "灯太暗。现在 {volt}。", en = "The lamp is weak. Now: {volt}." }',
        ("fault", "LAMP_WEAK", "cause", "placeholder_unknown", None),
    ),
    "a value that no question has": (
        'question = { zh = "够亮", en = "Bright enough" }',
        'question = { zh = "够亮（{lux}）", en = "Bright enough ({lux})" }',
        ("attestation", "bright_enough", "question", "placeholder_unknown", None),
    ),
    "a fault that nothing raises": (
        ', fault = "LAMP_DARK"',
        "",
        ("fault", "LAMP_DARK", "code", "fault_not_raised", None),
    ),
    "a clause that nothing serves": (
        'mechanism = ["journal", "incident"]',
        "mechanism = []",
        ("clause", "1.1b", "mechanism", "clause_unserved", None),
    ),
    "a mechanism without a name": (
        'training = ["lamp_use"]\n',
        "",
        ("clause", "1.1a", "mechanism", "mechanism_empty", None),
    ),
    "names without their mechanism": (
        '"test", "training", "guidance"]',
        '"test", "guidance"]',
        ("clause", "1.1a", "mechanism", "mechanism_missing", None),
    ),
    "a test of nothing": (
        'consent = "none"\nchecks = ["lamp.level"]',
        'consent = "none"\nchecks = []',
        ("test", "preop", "checks", "test_empty", None),
    ),
    "an unreachable state of a case": (
        'states = ["none", "open", "closed"]',
        'states = ["none", "open", "waiting", "closed"]',
        ("case", "", "states", "state_unreachable", None),
    ),
    "an unreachable state of an incident": (
        'states = ["detected", "diagnosed", "retested", "closed"]',
        'states = ["detected", "diagnosed", "retested", "waiting", "closed"]',
        ("incident", "", "states", "state_unreachable", None),
    ),
    "a condition that the step cannot meet": (
        'phase = "first|last"',
        'phase = "first|middle"',
        ("transition", "none>receive", "when", "tick_unknown", None),
    ),
    "a params key that the check does not know": (
        "params = { warn_lux = 300 }",
        "params = { warn_luxx = 300 }",
        ("check", "lamp.level", "params.warn_luxx", "param_unknown", "warn_lux"),
    ),
    "a params value of the wrong type": (
        "params = { warn_lux = 300 }",
        'params = { warn_lux = "300" }',
        ("check", "lamp.level", "params", "param_wrong", None),
    ),
}
