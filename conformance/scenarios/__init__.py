"""Contract and credentials → requests. Nothing here sends anything.

A scenario is a reason to ask, and the probes that ask. Probes carry a rank, so that the plan of a profile is the plan of
the next smaller profile and then more: the requests that tell most come first.
"""
