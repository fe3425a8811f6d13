"""The algorithms of 3GPP as plain functions over bytes; vectors of the specifications stand in vectors/wire."""
