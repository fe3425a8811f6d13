"""The page of a review says what it must, needs no script, and cannot be made to carry somebody else's."""

import re
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from tests.workflow.networks import ESTATE, network

from assay.reports.calendar import render_calendar
from assay.reports.figures import COLOURS, WORDS, map_figure, shares_figure, timeline_figure
from assay.reports.review import render_summary
from assay.reports.wording import cap_words
from assay.workflow.estates.case import load_case
from assay.workflow.estates.review import review, write_review

DAY = date(2026, 1, 1)
HOSTILE = "</text></svg><script>alert(1)</script>"


@pytest.fixture
def done(tmp_path):
    case, laws = network(tmp_path)
    return review(load_case(case, laws), DAY, DAY)


@pytest.fixture
def page(tmp_path, done):
    write_review(done, tmp_path / "out")
    return (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Collects tags and what they load."""

    def __init__(self, text):
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        found = dict(attrs)
        self.loads += [found[key] for key in ("src", "srcset", "data") if key in found]
        self.ids |= {found["id"]} if "id" in found else set()
        self.links |= {found["href"][1:]} if found.get("href", "").startswith("#") else set()


def test_the_page_loads_nothing_and_runs_nothing(page):
    tags = Tags(page)
    assert not tags.names & {"script", "link", "img", "iframe", "object", "embed", "form"}
    assert tags.loads == []
    assert "@import" not in page
    assert "url(" not in page


def test_every_link_within_the_page_leads_somewhere(page):
    tags = Tags(page)
    assert tags.links
    assert tags.links <= tags.ids


def test_every_declared_membership_stands_on_top(page):
    top = page[: page.index("<h1>")]
    assert "Synthetic." in top
    assert "Supplier North is treated as listed by the act" in top
    assert "One is treated as addressed" in top


def test_the_page_says_that_it_is_an_interpretation(page):
    assert "no legal advice, no act of an authority" in page


def test_pictures_are_well_formed_and_have_titles(done):
    sites = [("XX", 1_050_000, 5_025_000, "capped", "binding"), ("XX", 1_060_000, 5_035_000, "permitted", "")]
    for svg in (timeline_figure(done.found), shares_figure(done.found["shares"]), map_figure(sites)):
        root = ElementTree.fromstring(svg)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None


def test_the_timeline_has_a_lane_for_each_restricted_group_only(done):
    svg = timeline_figure(done.found)
    assert "XX · One · Supplier North" in svg
    assert "XX · Two · Supplier North" in svg
    assert "Supplier South" not in svg
    assert "2 allowed until a fixed day" in svg
    assert "2 forbidden" in svg


def test_a_map_cell_takes_the_strictest_answer():
    sites = [("XX", 100, 100, "permitted", ""), ("XX", 100, 100, "prohibited", "binding")]
    svg = map_figure(sites)
    cells = re.findall(r'width="4" height="4" fill="(#\w+)"', svg)
    assert cells == [COLOURS["prohibited", "binding"]]


def test_one_site_and_no_site_make_a_page_all_the_same():
    assert map_figure([]) == ""
    assert ElementTree.fromstring(map_figure([("XX", 0, 0, "permitted", "")])) is not None


def test_a_hostile_inventory_cannot_put_markup_into_the_page(tmp_path):
    case, laws = network(tmp_path, ESTATE.replace("Two", HOSTILE))
    path = case / "case.toml"
    path.write_text(path.read_text().replace("Exampleland <test>", HOSTILE))
    done = review(load_case(case, laws), DAY, DAY)
    write_review(done, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    ElementTree.fromstring(timeline_figure(done.found))


def test_an_assumed_law_is_marked_on_the_page(tmp_path):
    from assay.decide.program import Assumption

    case, laws = network(tmp_path)
    write_review(review(load_case(case, laws), DAY, DAY, (Assumption("xx.new", DAY),)), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "ASSUMED" in page[: page.index("<h1>")]


def test_advice_is_never_worded_as_a_ban():
    for (_, force), words in WORDS.items():
        assert force != "advice" or "forbidden" not in words


def test_the_calendar_keeps_to_its_format(done):
    text = render_calendar(done.found)
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20270630\r\n" in unfolded
    assert "DTEND;VALUE=DATE:20270701\r\n" in unfolded
    assert unfolded.count("BEGIN:VEVENT") == 1
    assert "SYNTHETIC" in unfolded


def test_the_summary_leads_with_the_answer(done):
    text = render_summary(done.found, lambda words, _: words, "")
    lines = text.splitlines()
    assert lines[1].startswith("  SYNTHETIC")
    assert "Of 7 elements, 0 may not be kept in operation on 2026-01-01." in text
    assert "2 may be operated until a fixed day; the next last lawful day is 2027-06-30." in text
    assert "1 of 4 shares are over their cap." in text


@pytest.mark.parametrize(("share", "words"), [("7/20", "35 %"), ("1/3", "1/3"), ("1/1", "100 %"), ("1/200", "1/200")])
def test_a_cap_is_written_exactly(share, words):
    assert cap_words(share) == words


def test_the_suppliers_view_puts_parts_that_read_alike_into_one_row_and_names_products(tmp_path):
    head, *lines = ESTATE.splitlines()
    text = "\n".join([head + ",product", *[f"{line},P{n % 2}" for n, line in enumerate(lines)]]) + "\n"
    case, laws = network(tmp_path, text)
    write_review(review(load_case(case, laws), DAY, DAY), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "core, ran, transport, management" in page
    assert "<td>P0, P1</td>" in page


def test_on_a_terminal_shares_over_their_cap_come_first_and_the_rest_is_counted(tmp_path):
    lines = [f"n{n},Op {n:02},XX,s{n},10.5,50.25,ran,Supplier South,5," for n in range(20)]
    lines += [f"m{n},Op {n:02},XX,t{n},10.5,50.25,ran,Supplier North,{9 * (n > 16)}," for n in range(20)]
    case, laws = network(tmp_path, "\n".join([ESTATE.splitlines()[0], *lines]) + "\n")
    facts = case / "facts.toml"
    names = ", ".join(f'"Op {n:02}"' for n in range(20))
    text = facts.read_text().replace('operators = ["One"]', f"operators = [{names}]")
    facts.write_text(text.replace('value = "One"', 'value = "Op 17"'))
    said = render_summary(review(load_case(case, laws), DAY, DAY).found, lambda text, style: text, "").splitlines()
    shares = [line.split("share", 1)[1].strip() for line in said if line.startswith("  share")]
    assert len(shares) == 13
    assert "Op 17" in shares[0]
    assert shares[0].endswith("over    xx.cap")
    assert shares[-1] == "and 28 more: within"
