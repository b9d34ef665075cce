"""Any network made to honour the contract: read, its settings guessed, a graph built around it, and proved alike."""
