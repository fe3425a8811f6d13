"""From a case and the law to a planning problem, and from its solution to a document."""
