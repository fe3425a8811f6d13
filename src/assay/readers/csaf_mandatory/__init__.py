"""The mandatory tests of CSAF (section 6.1 of 2.0 and of 2.1), one file a topic, one function a test. Pure."""
