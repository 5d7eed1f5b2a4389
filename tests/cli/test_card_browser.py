"""The card as HTML in a real browser: headless Chromium opens the file as a reader would."""

import json
import re
import shutil

import conftest
import pytest
from chromium import DESK, PHONE, Opened, axe_violations, browser  # noqa: F401
from conftest import ROOT
from test_report_browser import HOSTILE, background, hostile_project

FIGURES = {"recidivism": 7214, "languages": 10735, "hiring": 23505}
AUDIENCES = ["public", "auditor", "regulator"]


@pytest.fixture
def show(run, browser):  # noqa: F811
    """Writes the card of an example, or of the line in the folder, and opens it."""
    contexts = []

    def open_card(name=None, audience="auditor", viewport=None, dark=False):
        if name is not None:
            shutil.copytree(ROOT / "examples" / name, run.folder, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
            run("gate")
            run.good("sign", "--as", "legal", "--reason", "Read the limits.", "--name", "Ada")
        run.good("card", "-o", "card.html", "--audience", audience)
        context = browser.new_context(viewport=viewport or DESK, color_scheme="dark" if dark else "light")
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto((run.folder / "card.html").as_uri())
        opened.page.wait_for_selector("#checking")
        return opened

    yield open_card
    for context in contexts:
        context.close()


def words(opened, selector="main"):
    return re.sub("[\u2068\u2069]", "", opened.page.locator(selector).inner_text())


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_card_opens_from_its_file_without_a_complaint_or_a_request(show, name, audience, viewport):
    opened = show(name, audience, viewport)
    assert opened.troubles == [] and len(opened.requests) == 1
    assert opened.overflow() <= 0
    assert f"{FIGURES[name]:,} decisions" in opened.page.locator("#verdict").inner_text()
    text = words(opened).split("From the ledger")[0].replace("What is undefined is never nought", "")
    assert "NaN" not in text and "undefined" not in text


def test_it_shows_what_the_document_says(show, run):
    opened = show("recidivism")
    card = json.loads(run.good("card", "-o", "-", "-f", "json"))
    text = words(opened)
    for said in (card["purpose"]["intended"], *card["purpose"]["out_of_scope"], *card["purpose"]["limitations"],
                 card["owner"], card["hashes"]["line"], card["hashes"]["data"], card["hashes"]["binary"],
                 card["hashes"]["public_key"], "Ada", "Read the limits."):  # fmt: skip
        assert said in text, said
    for name, one in card["overall"]["measures"].items():
        row = opened.page.locator("#measures tbody tr").nth(list(card["overall"]["measures"]).index(name)).inner_text()
        assert f"{one['n']:,}" in row
        shown = re.search(r"\t([\d.]+)", row).group(1)
        scale = 100 if "%" in row else 1
        assert abs(float(shown) - scale * one["value"]) <= 0.5 * 10 ** -len(shown.split(".")[1]) + 1e-9
    rows = opened.page.locator("#every tbody tr")
    assert rows.count() == len(card["slices"])
    first = rows.first.inner_text()
    assert f"{card['slices'][0]['n']:,}" in first and f"{100 * card['slices'][0]['measures']['accuracy']['value']:.1f} %" in first


def test_the_public_sees_what_is_suppressed_as_such_and_no_more(show, run):
    opened = show("recidivism", "public")
    text = words(opened)
    assert "suppressed" in text and "for the public" in text
    assert "Ada" not in text and opened.page.locator("#every").count() == 0
    card = json.loads(run.good("card", "-o", "-", "-f", "json", "--audience", "public"))
    hidden = sum(one["status"] == "suppressed" for part in card["slices"] for one in part["measures"].values())
    hidden += sum(part["n"] is None for part in card["slices"])
    assert opened.page.locator("#groups td", has_text="suppressed").count() == hidden > 0
    island = json.loads(opened.page.locator("#data").text_content())["card"]
    assert island["slices"] == card["slices"] and "history" not in island


def test_the_regulator_has_the_records_and_the_steps(show, run):
    opened = show("languages", "regulator")
    segment = (run.folder / ".plimsoll/ledger/segment-000001.jsonl").read_text()
    records = opened.page.locator("#checking pre").all_text_contents()
    assert len(records) == 2 and all(record in segment for record in records)
    assert "ledger verify" in words(opened, "#checking ol")


def test_a_card_that_lets_it_ship_says_that_it_was_held_for_want_of_it(show, project, run):
    path = project() / "plimsoll.yaml"
    path.write_text(path.read_text().replace("release:\n", "release:\n  needs: [card]\n"))
    run("gate")
    opened = show()
    assert "Ship with monitoring." in words(opened, "h1")
    assert "“hold” only for want of this card" in words(opened, "#verdict")
    assert "needs a current model card" not in words(opened)
    run("gate")
    assert "want of" not in words(show())


def test_a_card_without_anything_but_a_verdict(show, run):
    (run.folder / "d.csv").write_text("p\n1\n0\n")
    (run.folder / "plimsoll.yaml").write_text("plimsoll: 1\nfeature: f\ndata: {decisions: d.csv, columns: {prediction: p}}\n")
    run("gate")
    for audience in AUDIENCES:
        opened = show(audience=audience)
        assert opened.troubles == [] and "declares no intended use" in words(opened)


def test_the_file_is_signed_as_it_stands(show, run):
    show("languages")
    assert run.json("ledger", "verify", "--card", "card.html", "--json")["holds"]
    page = (run.folder / "card.html").read_text()
    for old, new in (("10735", "10736"), ("<script>", "<script >"), ("</html>\n", "</html>\n\n")):
        assert old in page
        (run.folder / "other.html").write_text(page.replace(old, new, 1))
        assert run("ledger", "verify", "--card", "other.html").returncode == 1, old


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("audience", AUDIENCES)
def test_texts_of_the_data_never_run_and_break_nothing(show, project, run, viewport, audience):
    path = hostile_project(project, run)
    hostile = json.dumps(HOSTILE[0])
    path.write_text(path.read_text().replace("title: A test feature", f"title: {hostile}\npurpose: {{intended: {hostile}}}"))
    run("gate")
    run.good("sign", "--as", "legal", "--reason", HOSTILE[0], "--name", HOSTILE[1])
    opened = show(audience=audience, viewport=viewport)
    page = opened.page
    assert page.evaluate("window.hit") is None
    assert page.locator("#report img, #report script, #report iframe").count() == 0
    assert opened.troubles == [] and len(opened.requests) == 1
    assert opened.overflow() <= 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "audience"), [*(("recidivism", one) for one in AUDIENCES), ("languages", "auditor"),
                                                 ("languages", "public")])  # fmt: skip
def test_axe_finds_nothing_serious(show, name, audience, dark):
    opened = show(name, audience, dark=dark)
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert axe_violations(opened.page) == []


def test_it_prints_every_measure_of_every_group_without_the_controls(show):
    page = show("recidivism", dark=True).page
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    assert not page.locator(".top").is_visible() and not page.locator("#groups form").is_visible()
    assert page.locator("#every tbody tr").first.is_visible()
    page.set_viewport_size({"width": 688, "height": 972})  # A4 between its margins
    assert page.evaluate("[...document.querySelectorAll('.matrix-of')].every(one => one.offsetWidth <= innerWidth)")
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_dark_follows_the_reader_and_can_be_turned(show):
    page = show("languages", dark=True).page
    dark = background(page)
    page.get_by_role("button", name="Light").click()
    assert background(page) != dark


def test_a_card_of_thousands_of_groups_stays_usable(show, run):
    rows = "\n".join(f"g{i},1,0.9\ng{i},0,0.1" for i in range(3000))
    (run.folder / "decisions.csv").write_text("team,label,score\n" + rows + "\n")
    (run.folder / "plimsoll.yaml").write_text(
        conftest.LINE.format(limits="  - {metric: accuracy, min: 0.7}", decisions="decisions.csv"))
    run("gate")
    opened = show()
    assert "did not fit into the record" in words(opened)
    assert opened.page.locator("#groups tbody tr").count() == 51 and opened.troubles == []
