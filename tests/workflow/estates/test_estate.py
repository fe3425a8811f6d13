"""Whatever file a user brings becomes an estate, or an error that names place and remedy; no row vanishes."""

import io
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.workflow.networks import ESTATE, network

from assay.errors import AssayError, InputError, UsageError
from assay.model.estate import COLUMNS, share_state
from assay.workflow.estates.case import load_case, new_case, read_case
from assay.workflow.estates.estate import read_map
from assay.workflow.estates.review import review

DAY = date(2026, 1, 1)


def load(folder: Path, estate: str | bytes, name: str = "estate.csv", mapping: str = ""):
    case, laws = network(folder, estate, name)
    path = None
    if mapping:
        path = folder / "map.toml"
        path.write_text('schema = "assay-map/1"\n' + mapping, encoding="utf-8")
    return load_case(case, laws, path).estate


def rows(estate) -> list[tuple[str, str, str, str]]:
    return list(estate.frame.select("element", "operator", "part", "supplier").iter_rows())


@pytest.fixture
def plain(tmp_path):
    return rows(load(tmp_path / "plain", ESTATE))


def test_csv_parquet_and_xlsx_give_the_same_estate(tmp_path, plain):
    frame = pl.read_csv(io.StringIO(ESTATE), try_parse_dates=True)
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    book = openpyxl.Workbook()
    for row in [frame.columns, *frame.rows()]:
        book.active.append(list(row))
    xlsx = io.BytesIO()
    book.save(xlsx)
    for name, data in (("estate.parquet", parquet.getvalue()), ("estate.xlsx", xlsx.getvalue())):
        found = load(tmp_path / name, data, name)
        assert rows(found) == plain
        assert found.frame["contract_end"].to_list()[-2:] == [date(2027, 7, 1), date(2027, 6, 30)]
        assert found.frame["lon"].to_list()[0] == 1_050_000


def test_a_map_takes_any_inventory(tmp_path, plain):
    theirs = (
        ESTATE.replace("element,operator,jurisdiction,site", "Id;Betreiber;Land;Standort").replace(",", ";")
        .replace("part;supplier", "Domäne;Vendor").replace("Supplier North", "Nördliche AG").replace("core", "Kern")
    )  # fmt: skip
    mapping = """separator = ";"
encoding = "cp1250"
keep-unknown-columns = true
[columns]
element = "Id"
operator = "Betreiber"
site = "Standort"
part = "Domäne"
supplier = "Vendor"
[defaults]
jurisdiction = "XX"
[values.supplier]
"nördliche ag" = "supplier-north"
[values.part]
Kern = "core"
"""
    assert rows(load(tmp_path, theirs.encode("cp1250"), mapping=mapping)) == plain


@pytest.mark.parametrize(
    ("estate", "code", "says"),
    [
        (ESTATE.encode("utf-16"), "E0501", "UTF-16"),
        (ESTATE.replace("One", "Óne").encode("cp1250"), "E0501", "line 2"),
        (ESTATE.replace(",", ";"), "E0502", "separator"),
        (ESTATE.replace("supplier,", "suplier,"), "E0502", "did you mean `supplier`"),
        (ESTATE.replace(",site,", ",element,"), "E0502", "stands twice"),
        ("", "E0502", "empty"),
        ("operator,jurisdiction,part\nOne,XX,ran\n", "E0502", "`supplier` is missing"),
        ("operator,jurisdiction,part,supplier\nOne,XX,ran,Nobody\n", "E0505", "line 2"),
        ("operator,jurisdiction,part,supplier\n", "E0505", "0 rows"),
    ],
)
def test_a_file_that_is_no_estate_is_an_error_with_place_and_remedy(tmp_path, estate, code, says):
    with pytest.raises(InputError) as caught:
        load(tmp_path, estate)
    assert caught.value.code == code
    assert says in str(caught.value)
    assert caught.value.where


@pytest.mark.parametrize("name", ["estate.parquet", "estate.xlsx"])
def test_a_truncated_file_is_an_error_that_says_so(tmp_path, name):
    out = io.BytesIO()
    pl.DataFrame({"operator": ["One"]}).write_parquet(out)
    with pytest.raises(InputError, match="E0503") as caught:
        load(tmp_path, out.getvalue()[: len(out.getvalue()) // 2], name)
    assert "cut off" in caught.value.remedy


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("x,One,XX,s,10,50,ran,Nobody,1,", "supplier"),
        ("x,One,YY,s,10,50,ran,Supplier North,1,", "jurisdiction"),
        ("x,One,XX,s,10,50,roof,Supplier North,1,", "part"),
        ("x,,XX,s,10,50,ran,Supplier North,1,", "operator"),
        ("x,One,XX,s,10,91,ran,Supplier North,1,", "lat"),
        ("x,One,XX,s,east,50,ran,Supplier North,1,", "lon"),
        ("x,One,XX,s,10,50,ran,Supplier North,-1,", "traffic"),
        ("x,One,XX,s,10,50,ran,Supplier North,1.5,", "traffic"),
        ("x,One,XX,s,10,50,ran,Supplier North,100000000001,", "traffic"),
        ("x,One,XX,s,10,50,ran,Supplier North,1,2027-02-30", "contract_end"),
        ("a,One,XX,s,10,50,ran,Supplier North,1,", "element"),
        ("x,One,XX,s,10,50,ran,Supplier North,1,,surplus", ""),
    ],
)
def test_a_faulty_row_is_listed_with_its_line_and_the_others_stay(tmp_path, plain, line, column):
    lines = ESTATE.splitlines()
    found = load(tmp_path, "\n".join([*lines[:4], line, *lines[4:]]) + "\n")
    (fault,) = found.faults
    assert (fault.column, fault.line) == (column, 5)
    assert fault.reason
    assert rows(found) == plain


def test_one_row_that_is_not_utf8_among_many_is_listed(tmp_path):
    body = b"".join(b"e%d,One,XX,ran,Supplier North\n" % n for n in range(2000))
    data = b"element,operator,jurisdiction,part,supplier\n" + body + b"bad,\xe9,XX,ran,Supplier North\n"
    found = load(tmp_path, data)
    assert [(f.line, f.reason) for f in found.faults] == [(2002, "not UTF-8")]
    assert found.frame.height == 2000


def test_our_own_column_names_are_read_whatever_their_case(tmp_path, plain):
    header, rest = ESTATE.split("\n", 1)
    assert rows(load(tmp_path, header.title() + "\n" + rest)) == plain


def test_an_empty_cell_is_unknown_and_never_a_default(tmp_path):
    case, laws = network(tmp_path, "operator,jurisdiction,part,supplier,generation\nOne,XX,ran,Supplier South,\n")
    (one,) = review(load_case(case, laws), DAY, DAY).found["classes"]
    assert "generation" not in one["context"]


def test_a_context_that_no_rule_reads_makes_no_classes(tmp_path):
    text = "operator,jurisdiction,part,supplier,function\n" + "".join(
        f"One,XX,ran,Supplier South,f{n}\n" for n in range(5)
    )
    case, laws = network(tmp_path, text)
    (one,) = review(load_case(case, laws), DAY, DAY).found["classes"]
    assert one["elements"] == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[columns]\nvendor = "X"', "`vendor` is not known"),
        ('[columns]\nsupplier = "Vendor"', "`Vendor` is missing"),
        ('[defaults]\nsupplier = "zte"', "never a default"),
        ("[columns]\nsupplier = 3", "something else than texts"),
        ('separator = "::"', "separator"),
        ('colour = "red"', "unknown key `colour`"),
        ('encoding = "klingon"', "no encoding"),
    ],
)
def test_a_map_that_cannot_be_right_is_refused(tmp_path, text, says):
    with pytest.raises(AssayError) as caught:
        load(tmp_path, ESTATE, mapping=text)
    assert says in str(caught.value)


def test_a_written_template_is_read_again(tmp_path):
    names = new_case(tmp_path / "mine")
    assert set(names) == {"case.toml", "estate.csv", "map.toml", "facts.toml"}
    assert read_case(tmp_path / "mine").estate == "estate.csv"
    assert read_map(tmp_path / "mine" / "map.toml").keep_unknown is True
    assert (tmp_path / "mine" / "estate.csv").read_text() == ",".join(COLUMNS) + "\n"
    with pytest.raises(UsageError, match="E0506"):
        new_case(tmp_path / "mine")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('estate = "estate.csv"', 'estate = "/etc/passwd"', "outside"),
        ('estate = "estate.csv"', 'estate = "../estate.csv"', "outside"),
        ('estate = "estate.csv"', 'estate = "none.csv"', "no such file"),
        ('["XX"]', '["QQ"]', "no law is coded"),
        ('["XX"]', "[]", "empty"),
        ("synthetic = true", "sinthetic = true", "unknown key"),
    ],
)
def test_a_case_that_cannot_be_right_is_refused(tmp_path, old, new, says):
    case, laws = network(tmp_path)
    path = case / "case.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(AssayError) as caught:
        load_case(case, laws)
    assert says in str(caught.value)


def test_a_membership_of_a_class_that_is_not_there_is_refused(tmp_path):
    case, laws = network(tmp_path)
    path = case / "facts.toml"
    path.write_text(path.read_text().replace('"xx:listed"', '"xx:lifted"'))
    with pytest.raises(InputError, match="E0208"):
        load_case(case, laws)


@pytest.mark.parametrize(
    ("sums", "state"),
    [
        ((35, 35, 100, 100), "within"), ((36, 36, 100, 100), "over"), ((35, 36, 100, 100), "unknown"),
        ((36, 36, 100, 103), "unknown"), ((0, 0, 0, 0), "within"),
    ],
)  # fmt: skip
def test_a_share_is_compared_by_whole_numbers_on_both_sides_of_the_cap(sums, state):
    assert share_state(*sums, Fraction(35, 100)) == state
