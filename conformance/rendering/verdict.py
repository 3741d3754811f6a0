"""A verdict as plain text, for whoever reads a console."""

from __future__ import annotations

from typing import Any

from conformance.rendering.text import block, line


def text(verdict: dict[str, Any]) -> str:
    """A verdict for the console: the fact, what was seen, the smallest request that shows it, and what to do.

    pytest writes what it is given to the terminal as it is: nothing in here steers one.
    """
    lines = [line(f"{verdict['title']}: {verdict['outcome']}" + _behind(verdict["reason"]))]
    for finding in verdict["findings"]:
        if finding["accepted"]:
            continue
        lines += [f"  expected  {line(finding['expected'])}", f"  observed  {line(finding['observed'])}"]
        if finding["rate"]:
            lines.append(f"  seen in   {line(finding['rate'])}" + (", intermittent" if finding["intermittent"] else ""))
        if finding["variants"]:
            lines.append(f"  also      {line('; '.join(finding['variants']))}")
        if finding["exchange"]:
            # as it is laid out: a command with a line feed in it has to stay the same command
            lines.append(f"  replay    {block(finding['exchange']['request']['curl'])}")
    if verdict["more"]:
        lines.append(f"  and {verdict['more']} more")
    lines += [
        f"  why       {line(verdict['why'])}",
        f"  mend      {line(verdict['mend'])}",
        f"  source    {line(verdict['source'])} {line(verdict['link'])}",
    ]
    return "\n".join(lines)


def _behind(reason: str) -> str:
    return f" ({reason})" if reason else ""
