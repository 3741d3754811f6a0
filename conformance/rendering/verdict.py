"""A verdict as plain text, for whoever reads a console."""

from __future__ import annotations

from typing import Any


def text(line: dict[str, Any]) -> str:
    """A verdict for the console: the fact, what was seen, the smallest request that shows it, and what to do."""
    lines = [f"{line['title']}: {line['outcome']}" + (f" ({line['reason']})" if line["reason"] else "")]
    for finding in line["findings"]:
        if finding["accepted"]:
            continue
        lines += [f"  expected  {finding['expected']}", f"  observed  {finding['observed']}"]
        if finding["rate"]:
            lines.append(f"  seen in   {finding['rate']}" + (", intermittent" if finding["intermittent"] else ""))
        if finding["variants"]:
            lines.append(f"  also      {'; '.join(finding['variants'])}")
        if finding["exchange"]:
            lines.append(f"  replay    {finding['exchange']['request']['curl']}")
    if line["more"]:
        lines.append(f"  and {line['more']} more")
    lines += [
        f"  why       {line['why']}",
        f"  mend      {line['mend']}",
        f"  source    {line['source']} {line['link']}",
    ]
    return "\n".join(lines)
