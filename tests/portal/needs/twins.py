"""The kernel, CEL and the gap model on the server and on the phone, side by side: `python(call, args)`, `Phone().ask`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from portal.needs import gap, kernel, questions
from tests.node import Node

ROOT = Path(__file__).resolve().parents[3]
POSITIONAL = ("survivor_living", "retirement_today")


def python(call: str, given: Any) -> Any:
    """What the server answers, `{"error": code}` for what the kernel refuses."""
    try:
        if call == "gap":
            answers, model, assumptions, today, moved = given
            return gap.analyse(answers, model, assumptions, date.fromisoformat(today), moved)
        if call == "screens":
            questionnaire, answers, values, today, quick = given
            found = questions.screens(questionnaire, answers, values, date.fromisoformat(today), quick=quick)
            return [screen["key"] for screen in found]
        if call == "faults":
            screen, value, home, ids, today = given
            return questions.faults(screen, value, home, ids, date.fromisoformat(today))
        if call == "warning":
            return questions.warning(*given)
        function = getattr(kernel, call)
        return function(*given) if call in POSITIONAL else function(**given)
    except kernel.KernelError as fault:
        return {"error": [fault.code, fault.field]}


class Phone(Node):
    """The phone's half, in Node."""

    def __init__(self) -> None:
        super().__init__(Path(__file__).with_name("twins.js"))

    def ask(self, call: str, given: Any) -> Any:
        return self.answer([call, given])
