"""What `--plan` prints: everything a run would send, before it sends anything."""

from __future__ import annotations

from conformance.plan import KEYS, Plan
from conformance.targets import Kind, Target

BESIDES = "where cookies are set     1 request besides: a wrong secret with the cookies of the first success, instead of the last ones planned where there is no room"


def render(plan: Plan, target: Target, seed: int) -> str:
    """The plan as text: requests by scenario, refusals, what is withheld and why, least time at the allowed rate."""
    policy = target.policy
    rate = policy.requests_per_second
    least = f"{plan.requests / rate:.0f} s at {rate:g} requests a second" if rate else "no limit of rate"
    lines = [
        f"Plan for {target.name}, profile {target.profile}, seed {seed}. Nothing has been sent.",
        "",
        f"requests planned          {plan.requests} (budget {policy.requests}; the rest is for retries, splits and shrinking)",
        f"refused authentications   {plan.true_client_refusals} against the true client id (policy allows {policy.true_client_refusals})",
        f"least time                {least}",
        f"connections side by side  {policy.concurrency}",
        f"withheld by policy        {', '.join(sorted(policy.withheld)) or 'nothing'}",
        "",
    ]
    if plan.returning is not None and target.kind is not Kind.PRODUCTION:
        lines[4:4] = [BESIDES]
    if target.missing:
        lines += [
            f"Planned with made-up credentials, as {target.missing}. With yours a few near misses may differ.",
            "",
        ]
    width = max((len(scenario) for scenario in plan.titles), default=0)
    lines += [
        f"  {scenario:{width}}  {count:5}  {plan.titles[scenario]}" for scenario, count in plan.by_scenario().items()
    ]
    if plan.keys:
        lines.append(f"  {KEYS:{width}}  {plan.keys:5}  The published key set, before all the rest")
    lines += [
        f"  {one.scenario:{width}}  {len(one.requests) or '-':>5}  withheld: {one.reason}" for one in plan.withheld
    ]
    return "\n".join(lines)
