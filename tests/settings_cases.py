"""For each rule of the settings a good file, a bad file, and what is said of the bad one."""

PRINTER = '[[printer]]\nname = "front"\nhost = "192.168.1.20"\n'
SCANNER = '[[scanner]]\nname = "front"\nsane = "test:0"\n'
SENSOR = '[[sensor]]\nname = "room"\nprofile = "ascii"\n'
FLOW = '[[transaction]]\nid = "claims"\nbase_url = "https://core.example.cn"\n'
STEP = '[[transaction.step]]\nname = "one"\n'
TICKET = '[ticket]\nbackend = "redmine"\n'
FILED = 'project = "it"\nkey_field = "1"\n'
WEBHOOK = '[ticket]\nbackend = "webhook"\n'
LAN = '[metrics]\nlisten = "192.168.1.7:9842"\n'
TLS = 'tls_cert = "c.pem"\ntls_key = "k.pem"\n'

RULES = {
    "unknown key": (
        PRINTER + 'snmp = { community = "x" }',
        PRINTER + 'snmp = { comunity = "x" }',
        "line 4: printer[0].snmp.comunity: unknown key; did you mean 'community'?",
    ),
    "unknown table": ("[station]", "[staton]", "line 1: staton: unknown key; did you mean 'station'?"),
    "nothing near": ("", "zzz = 1", "line 1: zzz: unknown key"),
    "missing": (PRINTER, "[[printer]]\nqueue = 'q'", "line 1: printer[0].name: is missing"),
    "whole number": (
        SENSOR + 'port = "COM3"\naddress = 7',
        SENSOR + 'port = "COM3"\naddress = "7"',
        "line 5: sensor[0].address: must be a whole number from 1 to 247",
    ),
    "no number is a bool": (
        "[store]\nmax_mib = 9",
        "[store]\nmax_mib = true",
        "line 2: store.max_mib: must be a",
    ),
    "range": ("[store]\nmax_mib = 8", "[store]\nmax_mib = 7", "must be a whole number from 8 to 65536"),
    "choice": (
        '[station]\nlang = "en"',
        '[station]\nlang = "eng"',
        'must be one of "zh", "en"; did you mean \'en\'?',
    ),
    "pattern": (
        '[station]\nname = "a-1"',
        '[station]\nname = "A 1"',
        "station.name: must be 1 to 32 of a-z 0-9",
    ),
    "list": ('[metrics]\nhosts = ["a"]', '[metrics]\nhosts = "a"', "metrics.hosts: must be a list"),
    "table": ("[station]", "station = 1", "line 1: station: must be a table [station]"),
    "rows": (PRINTER, '[printer]\nname = "front"', "line 1: printer: must be tables [[printer]]"),
    "bool": ("[page]\nenabled = false", '[page]\nenabled = "no"', "page.enabled: must be true or false"),
    "optional": ("[computer]\nexpected_displays = 2", "[computer]\nexpected_displays = 99", "from 0 to 16"),
    "control characters": (
        '[station]\nit_phone = "8001"',
        '[station]\nit_phone = "80\\u001b01"',
        "line 2: station.it_phone: must not hold control characters",
    ),
    "two of a name": (
        PRINTER + PRINTER.replace("front", "back"),
        PRINTER + PRINTER,
        "line 5: printer[1].name: 'front' is the name of printer[0] already",
    ),
    "substitute": (
        PRINTER + 'substitutes = ["back"]\n' + PRINTER.replace("front", "back"),
        PRINTER + 'substitutes = ["bakc"]\n' + PRINTER.replace("front", "back"),
        "line 4: printer[0].substitutes: no such printer 'bakc'; did you mean 'back'?",
    ),
    "own substitute": (PRINTER, PRINTER + 'substitutes = ["front"]', "a device cannot stand in for itself"),
    "substitute of its kind": (PRINTER, SCANNER + 'substitutes = ["back"]', "no such scanner"),
    "printer's address": (
        '[[printer]]\nname = "a"\nqueue = "q"',
        '[[printer]]\nname = "a"',
        'line 1: printer[0]: needs host = "ADDRESS", ipp = "ipp://…" or queue = "NAME"',
    ),
    "host": (
        PRINTER,
        PRINTER.replace("192", "http://192"),
        "printer[0].host: must be a name or an IP address",
    ),
    "ipp": (PRINTER + 'ipp = "ipp://h/ipp"', PRINTER + 'ipp = "h/ipp"', "printer[0].ipp: must be ipp://HOST"),
    "v3 key": (
        PRINTER + 'snmp = { version = "3", user = "u", auth = "secret:a" }',
        PRINTER + 'snmp = { version = "3", user = "u", auth = "hunter2" }',
        "line 4: printer[0].snmp.auth: must be a reference",
    ),
    "v3 user": (
        PRINTER + 'snmp = { version = "3", user = "u" }',
        PRINTER + 'snmp = { version = "3" }',
        "printer[0].snmp.user: is missing",
    ),
    "v3 privacy": (
        PRINTER + 'snmp = { version = "3", user = "u", auth = "secret:a", privacy = "secret:b" }',
        PRINTER + 'snmp = { version = "3", user = "u", privacy = "secret:b" }',
        "printer[0].snmp.auth: is missing",
    ),
    "community": (
        PRINTER + 'snmp = { community = "secret:a" }',
        PRINTER + 'snmp = { community = "secret:" }',
        "printer[0].snmp.community: must be plain text or a reference",
    ),
    "scanner's address": (
        SCANNER,
        '[[scanner]]\nname = "a"',
        "line 1: scanner[0]: needs one of sane, escl, wia",
    ),
    "escl": (
        SCANNER + 'escl = "http://h/eSCL"',
        SCANNER + 'escl = "ftp://h"',
        "scanner[0].escl: must be https://",
    ),
    "sensor's port": (
        SENSOR + 'port = "COM3"',
        SENSOR + 'port = ""',
        "sensor[0].port: must name a serial port",
    ),
    "gateway": ('[network]\ngateway = "::1"', '[network]\ngateway = "box"', "network.gateway: must be"),
    "dns": (
        '[network]\ndns = ["a.cn"]',
        '[network]\ndns = ["a b"]',
        "line 2: network.dns[0]: must be a host name",
    ),
    "url": (
        '[[system]]\nname = "core"\nurl = "https://core.example.cn/p?q=1"',
        '[[system]]\nname = "core"\nurl = "core.example.cn"',
        "line 3: system[0].url: must be https://HOST… or http://HOST…",
    ),
    "url's port": (
        '[network]\ninternet = ["http://a:80"]',
        '[network]\ninternet = ["http://a:x"]',
        "internet[0]",
    ),
    "url's user": (
        '[network]\ninternet = ["https://a"]',
        '[network]\ninternet = ["https://me:hunter2@a"]',
        "line 2: network.internet[0]: must not hold a user or a password",
    ),
    "how often": (
        FLOW + 'every = "5m"\n' + STEP + 'get = "/"',
        FLOW + 'every = "4m"\n' + STEP + 'get = "/"',
        "line 4: transaction[0].every: must be at least",
    ),
    "steps": (FLOW + STEP + 'get = "/"', FLOW + "step = []", "transaction[0].step: needs at least one"),
    "one request": (
        FLOW + STEP + 'post = "/"',
        FLOW + STEP,
        "line 4: transaction[0].step[0]: needs one of get and post",
    ),
    "path": (
        FLOW + STEP + 'get = "/a"',
        FLOW + STEP + 'get = "a"',
        "line 6: transaction[0].step[0].get: must begin",
    ),
    "form": (
        FLOW + STEP + 'post = "/"\nform = { a = "b" }',
        FLOW + STEP + 'get = "/"\nform = { a = "b" }',
        "transaction[0].step[0].form: needs post",
    ),
    "durations": (
        FLOW + STEP + 'get = "/"\nexpect = { within = "2s", warn_within = "800ms" }',
        FLOW + STEP + 'get = "/"\nexpect = { within = "2s", warn_within = "1m" }',
        "transaction[0].step[0].expect.warn_within: must not be longer",
    ),
    "duration": (
        FLOW + 'every = "1h"\n' + STEP + 'get = "/"',
        FLOW + 'every = "1 h"\n' + STEP + 'get = "/"',
        "transaction[0].every: must be a length of time",
    ),
    "secret in a form": (
        FLOW + STEP + 'post = "/"\nform = { password = "${secret.pw}" }',
        FLOW + STEP + 'post = "/"\nform = { password = "hunter2" }',
        "transaction[0].step[0].form.password: looks like a secret",
    ),
    "ticket's url": (
        TICKET + FILED + 'url = "https://it.example.cn"\nsecret = "secret:a"',
        TICKET + FILED + 'secret = "secret:a"',
        "line 1: ticket.url: must be https://",
    ),
    "ticket's secret": (
        WEBHOOK + 'url = "https://it.example.cn"',
        TICKET + FILED + 'url = "https://it.example.cn"',
        "line 1: ticket.secret: is missing: redmine needs it",
    ),
    "ticket's key field": (
        TICKET + FILED + 'url = "https://it.example.cn"\nsecret = "secret:a"',
        TICKET + 'url = "https://it.example.cn"\nsecret = "secret:a"\nproject = "it"\nkey_field = "key"',
        "line 6: ticket.key_field: must be the field's number",
    ),
    "channel": (
        '[[notify]]\nbackend = "wecom"\nurl = "https://a.cn/send?key=${secret.hook}"',
        '[[notify]]\nbackend = "wecom"\nurl = "https://a.cn/send?key=hunter2"',
        "line 3: notify[0].url: must not hold the key itself",
    ),
    "webhook's template": (
        WEBHOOK + 'url = "https://a.cn/"\ntemplate = \'{"text": "{subject}"}\'',
        WEBHOOK + 'url = "https://a.cn/"\ntemplate = "{subject}"',
        "line 4: ticket.template: must be JSON",
    ),
    "plain secret": (
        TICKET + FILED + 'url = "https://it.example.cn"\nsecret = "secret:a"',
        TICKET + FILED + 'url = "https://it.example.cn"\nsecret = "hunter2"',
        'line 6: ticket.secret: must be a reference "secret:NAME"',
    ),
    "secret in the clear": (
        TICKET + FILED + 'url = "http://127.0.0.1:8081"\nsecret = "secret:a"',
        TICKET + FILED + 'url = "http://it.example.cn"\nsecret = "secret:a"',
        "line 5: ticket.url: must be https: the secret",
    ),
    "key in a query": (
        WEBHOOK + 'url = "https://a.cn/send?key=${secret.hook}"',
        WEBHOOK + 'url = "https://a.cn/send?key=hunter2"',
        "line 3: ticket.url: must not hold the key itself",
    ),
    "mail": (
        '[ticket]\nbackend = "email"\nurl = "smtps://mail"\nmail_from = "a@b"\nmail_to = "c@d"',
        '[ticket]\nbackend = "email"\nurl = "smtps://mail"\nmail_from = "a@b"',
        "ticket.mail_to: is missing",
    ),
    "open listener": (
        LAN + TLS + 'auth = "secret:scrape"',
        LAN + TLS,
        "line 2: metrics.listen: is open to the network and needs tls_cert, tls_key and auth",
    ),
    "open without TLS": (
        LAN + TLS + 'auth = "secret:s"',
        LAN + 'auth = "secret:s"',
        "is open to the network",
    ),
    "every address": (
        '[metrics]\nlisten = "[::1]:1"',
        '[metrics]\nlisten = "[::]:1"',
        "is open to the network",
    ),
    "listener": (
        '[metrics]\nlisten = "localhost:1"',
        '[metrics]\nlisten = ":9842"',
        "must be an IP address and a port",
    ),
    "listener's port": (
        '[metrics]\nlisten = "127.0.0.1:0"',
        '[metrics]\nlisten = "127.0.0.1:70000"',
        "and a port",
    ),
    "certificate and key": (
        "[metrics]\n" + TLS,
        '[metrics]\ntls_cert = "c"',
        "line 1: metrics: tls_cert and tls_key",
    ),
    "basic": (
        '[metrics]\nuser = "u"\nauth = "secret:a"',
        '[metrics]\nuser = "u"',
        "metrics.auth: is missing",
    ),
    "page": (
        '[page]\nlisten = "127.0.0.2:1"',
        '[page]\nlisten = "10.0.0.1:1"',
        "page.listen: must be a loopback",
    ),
    "one address": (
        '[page]\nlisten = "127.0.0.1:1"',
        '[page]\nlisten = "127.0.0.1:9842"',
        "the address of [metrics]",
    ),
    "database": (
        '[fleet]\npostgres = "postgresql://desk@db/deskready"',
        '[fleet]\npostgres = "postgresql://desk:hunter2@db/deskready"',
        "line 2: fleet.postgres: must not hold a user or a password",
    ),
    "remote write": (
        '[fleet]\nremote_write = "https://m/w"\nremote_write_secret = "secret:a"',
        '[fleet]\nremote_write = "http://m/w"\nremote_write_secret = "secret:a"',
        "line 2: fleet.remote_write: must be https",
    ),
    "hint of another": (
        PRINTER,
        PRINTER + 'substitutes = ["frontt"]',
        "printer[0].substitutes: no such printer",
    ),
    "brackets": ('[page]\nlisten = "[::1]:1"', '[page]\nlisten = "::1:1"', "page.listen: must be a loopback"),
    "no brackets": (
        '[page]\nlisten = "127.0.0.1:1"',
        '[page]\nlisten = "[127.0.0.1]:1"',
        "page.listen: must be",
    ),
    "page off": (
        '[page]\nenabled = false\nlisten = "127.0.0.1:9842"',
        '[page]\nlisten = "127.0.0.1:9842"',
        "the address of [metrics]",
    ),
    "nothing to read on the way": (
        WEBHOOK + 'url = "http://it.example.cn/"',
        WEBHOOK + 'url = "http://it.example.cn/"\nsecret = "secret:a"',
        "must be https",
    ),
    "space in a url": (
        '[network]\ninternet = ["https://a/b%20c"]',
        '[network]\ninternet = ["https://a/b c"]',
        "network.internet[0]: must be https://",
    ),
}
