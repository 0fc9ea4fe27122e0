"""Times of an incident's JSON as people read them: in the procedure's time zone, today without the date."""

from datetime import datetime

from agent.workdays import zone
from config.schema import Work


def clock_time(moment: str | None, now: datetime, work: Work) -> str:
    """Write a stamp as "09:12", or "11-20 09:12" for another day; empty for None."""
    if not moment:
        return ""
    at, here = datetime.fromisoformat(moment).astimezone(zone(work)), now.astimezone(zone(work))
    if at.date() == here.date():
        return at.strftime("%H:%M")
    return at.strftime("%m-%d %H:%M" if at.year == here.year else "%Y-%m-%d %H:%M")
