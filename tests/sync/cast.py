"""Ana and Ben of one unit, and Sam, a stranger from another."""

ANA = "01900000-0000-7000-8000-00000000000a"
BEN = "01900000-0000-7000-8000-00000000000b"
STRANGER = "01900000-0000-7000-8000-00000000000c"
NAMES = {ANA: "Ana", BEN: "Ben", STRANGER: "Sam"}
UNITS = {ANA: "unit:north", BEN: "unit:north", STRANGER: "unit:south"}


def scopes_of(agent_id: str) -> list[str]:
    """What an agent's devices pull."""
    return [f"agent:{agent_id}", UNITS[agent_id], "org"]
