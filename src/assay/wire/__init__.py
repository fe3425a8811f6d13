"""Bytes in, events out: captures, links, IP, SCTP, NGAP, NAS. No I/O, no clock, no chance."""
