"""What the pages share: choices that live in the link, cached reading, words, tables, errors as sentences."""
