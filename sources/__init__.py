"""What is known: the vocabulary of records, and one folder per source of facts."""
