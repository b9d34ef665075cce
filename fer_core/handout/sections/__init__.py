"""A handout's sections, each in a file that gathers its figures, words them and lays them out."""
