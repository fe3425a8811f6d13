"""The evidence store at work: taking in, stating, trusting, logging, reading back."""
