"""A certificate in a store, a question that it answers, a small network: on which bundles out of a store are tried."""

from second import ROOT

CERTIFICATE = ROOT / "tests" / "readers" / "samples" / "certificate.json"
FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = []
[[supplier]]
id = "supplier-north"
name = "Supplier North"
"""
ASK = ("--supplier", "supplier-north", "--product", "Northern Core 7.2", "--part", "core", "--in", "DE")
ESTATE = """element,site,jurisdiction,part,supplier,product,operator,generation,function
e1,s1,DE,core,supplier-north,Northern Core 7.2,Operator Alpha (fictional),5G,AMF
e2,s2,DE,core,supplier-north,Northern Core 8.0,Operator Alpha (fictional),5G,AMF
"""
CASE = """schema = "assay-case/1"
title = "Small network"
estate = "estate.csv"
jurisdictions = ["DE"]
synthetic = true
"""
