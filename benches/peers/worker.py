"""What the workers of the peers have in common.

A worker sets one case up, then makes one measurement for every line it reads.
Its argument is the case, as JSON; every line of its input is a seed. It
answers in lines of JSON: first with what it is, then with the seconds of every
measurement.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

Case = dict[str, Any]
About = dict[str, Any]
Measure = Callable[[int], float]


def serve(prepare: Callable[[Case], tuple[About, Measure]]) -> None:
    """Answers every seed that is read with the seconds that it took."""
    # Nothing that a library prints may get between the answers.
    out, sys.stdout = sys.stdout, sys.stderr

    def answer(fields: dict[str, Any]) -> None:
        print(json.dumps(fields), file=out, flush=True)

    about, measure = prepare(json.loads(sys.argv[1]))
    answer(about)
    for line in sys.stdin:
        answer({"seconds": measure(int(line))})
