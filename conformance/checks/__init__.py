"""The checks: pure functions from a captured exchange to an assessment.

Each module speaks for one family of requirements. A check says which requirements it looked at and which it found
broken; it never chooses a severity. `conformance.judge` decides which checks may speak to an exchange.
"""
