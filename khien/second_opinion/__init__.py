"""A second opinion on a capture: what tshark reads in it, asked for in a contained child process, compared field by field.

Dissectors are the attack surface of every analyser, so the child is built as if tshark had been taken over already: see
`containment`.
"""

from khien.second_opinion.comparison import Comparison, Difference, Example, compare

__all__ = ["Comparison", "Difference", "Example", "compare"]
