"""Files that survive a crash, freed memory, tasks in processes of their own, YAML read within bounds."""
