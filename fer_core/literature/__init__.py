"""The five reports: what they printed beside what came out here, where they contradict themselves, and whether
their findings hold."""
