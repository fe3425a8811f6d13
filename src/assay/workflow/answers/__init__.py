"""Questions and their answers: one, many, everywhere, against a table of truths; what people say of them."""
