"""The exposition format as tests read it: through prometheus_client's own parser."""

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


def series(page: bytes) -> dict[tuple[str, Labels], float]:
    """Return every series of a page. Fails for one that comes twice and for a metric without HELP or TYPE."""
    found: dict[tuple[str, Labels], float] = {}
    for family in text_string_to_metric_families(page.decode()):
        assert family.documentation, family.name
        assert family.type in {"gauge", "counter"}, family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def value(page: bytes, name: str, **labels: str) -> float | None:
    """Return the value of one series, None where it is absent."""
    return series(page).get((name, frozenset(labels.items())))


def count(page: bytes, name: str) -> int:
    """Return how many series a metric has."""
    return sum(1 for found, _ in series(page) if found == name)
