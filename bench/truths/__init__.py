"""Fine-tunes whose truth is known by construction: their rows, their training, and proofs that the truth holds."""
