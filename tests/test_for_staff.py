"""The guide for staff is carried out: each example in docs/for-staff.md, on a copy of the house, does what it says."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import polib
import pytest

from app import cli
from app.settings import Settings, read_settings
from app.tools import check, learn, prove, signals, talk
from hotline.language import LANGUAGES
from hotline.triage.proof.finding import Ledger
from hotline.triage.script import Step
from hotline.triage.signals import Code
from tests.people import ROOT

GUIDE = (ROOT / "docs" / "for-staff.md").read_text(encoding="utf-8")
TAGS = ("en", "es")
TOOLS = (check, learn, prove, signals, talk)
EVERY_NTH = 9
"""So many phrases of the house fall on one of the copy: its model is learnt in a second or two."""


@dataclass(frozen=True)
class Example:
    """A fenced example: a command, a transcript, or a text for a file. `how` is change (the paragraph that begins with the
    same line), add (at the end), new (the whole file) or after (below the line `rest`); `rest` = wrong: taken back again.
    """

    kind: str
    file: str
    how: str
    rest: str
    body: str

    @classmethod
    def read(cls, info: str, body: str) -> Example:
        kind, file, how, rest, *_ = [*info.split(" ", 3), "", "", ""]
        return cls(kind, file, how, rest, body)


def sections() -> dict[str, list[Example]]:
    """Every example, by the number of its part of the guide."""
    found: dict[str, list[Example]] = {}
    for part in re.split(r"^## ", GUIDE, flags=re.M)[1:]:
        blocks = re.findall(r"^```(\S.*)\n((?:.*\n)*?)```$", part, flags=re.M)
        found[part.split(".")[0]] = [Example.read(info, body) for info, body in blocks]
    return found


SECTIONS = sections()


class House:
    """A copy of what staff may edit, in English and Spanish, and the commands of the guide upon it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.patch, self.capsys = folder, monkeypatch, capsys
        kept = ("scripts", "campaigns", "audiences", "papers", "tone", "directory")
        for name in (*(f"content/{kind}" for kind in kept), *(f"locales/{tag}" for tag in TAGS)):
            shutil.copytree(ROOT / name, folder / name)
        for name in (f"content/{kind}/{tag}.toml" for kind in ("signals", "discreet", "offers") for tag in TAGS):
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        config = (ROOT / "config.toml").read_text(encoding="utf-8")
        offered = re.sub(r"(?<=offered = \[\n).*?(?=^\])", '  "en", "es",\n', config, flags=re.M | re.S)
        (folder / "config.toml").write_text(offered, encoding="utf-8")
        monkeypatch.chdir(folder)
        for tool in TOOLS:
            monkeypatch.setattr(tool, "settings_of", lambda options: self.settings)

    @property
    def settings(self) -> Settings:
        found = read_settings({}, self.folder / "config.toml")
        return replace(found, content=self.folder / "content", locales=self.folder / "locales")

    def says(self, command: str, typed: str = "") -> str:
        """Everything that `hotline COMMAND` writes."""
        self.patch.setattr("sys.stdin", io.StringIO(typed))
        self.capsys.readouterr()
        cli.run(cli.build_parser().parse_args(shlex.split(command)))
        written = self.capsys.readouterr()
        return written.out + written.err

    def is_well(self) -> None:
        assert "nothing to mend." in self.says("check")
        assert "every promise holds." in self.says("prove")

    def carries_out(self, examples: Iterable[Example]) -> None:
        taken_back: dict[Path, str] = {}
        for example in examples:
            path = self.folder / example.file
            if example.kind == "transcript":
                self.plays(example.body)
            elif example.kind == "console":
                self.types(example.body)
                for one, text in taken_back.items():
                    one.write_text(text, encoding="utf-8")
                taken_back.clear()
            else:
                before = path.read_text(encoding="utf-8") if example.how != "new" else ""
                path.write_text(changed(before, example), encoding="utf-8")
                if example.rest == "wrong":
                    taken_back[path] = before
        assert not taken_back, "a deliberate mistake is followed by the command that finds it"

    def types(self, body: str) -> None:
        """Each `$` line is typed; the lines below it stand in its answer, in this order, word for word but for `…`."""
        for part in body.removeprefix("$ ").split("\n$ "):
            line, *expected = part.strip().split("\n")
            echoed, _, command = line.rpartition(" | ")
            typed = shlex.split(echoed)[1] + "\n" if echoed else ""
            said = iter(self.says(command.removeprefix("hotline "), typed).splitlines())
            for wanted in expected:
                pattern = re.escape(wanted).replace("…", ".*")
                assert wanted == "…" or any(re.fullmatch(pattern, one) for one in said), f"{line}: {wanted}"

    def plays(self, transcript: str) -> None:
        """Typing the lines of a transcript gives the transcript, and so does playing it again."""
        head = dict(re.findall(r"^# (\w+) (.+)$", transcript, flags=re.M))
        typed = "".join(f"{one}\n" for one in re.findall(r"^< (.+)$", transcript, flags=re.M))
        self.says(f"talk {head['script']} {head['language']} --channel {head['channel']} --save talk.txt", typed)
        self.says("talk first_contact en --replay talk.txt --save again.txt")
        for name in ("talk.txt", "again.txt"):
            assert (self.folder / name).read_text(encoding="utf-8").strip() == transcript.strip()


def changed(text: str, example: Example) -> str:
    """A file's text as the guide tells to change it."""
    body = example.body
    if example.how in ("new", "add"):
        return f"{text}{body}" if example.kind == "tsv" or not text else f"{text.rstrip()}\n\n{body}"
    if example.how == "after":
        assert text.count(f"{example.rest}\n") == 1, example.rest
        return text.replace(f"{example.rest}\n", f"{example.rest}\n{body}")
    assert example.how == "change", example
    first = body.split("\n")[0]
    paragraphs = text.split("\n\n")
    (place,) = (number for number, one in enumerate(paragraphs) if one.strip().split("\n")[0].split("  ")[0] == first)
    if example.kind == "po":
        assert paragraphs[place].split("\n")[1] == body.split("\n")[1], f"{first} has another msgid now"
    return "\n\n".join([*paragraphs[:place], body.strip(), *paragraphs[place + 1 :]])


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with a part of the phrases of the house, and the models made from them."""
    folder = tmp_path_factory.mktemp("content")
    messages, offers = folder / "learning", folder / "offers" / "examples"
    for tag in TAGS:
        some_phrases(tag, "learning", messages)
        some_phrases(tag, "offers/examples", offers)
    made = learn.make_model(learn.read_phrases(messages), learn.fingerprint(messages), learner(), lambda line: None)
    (messages / "model.bin").write_bytes(made)
    sentences = learn.read_phrases(offers, learn.OFFER_LABELS, learn.TONGUES_OF_OFFERS)
    made = learn.make_offer_model(sentences, learn.fingerprint(offers), learner(), lambda line: None)
    (offers.parent / "model.bin").write_bytes(made)
    return folder


def learner() -> type[learn.Learns]:
    from app.learner import Learner

    return Learner


def some_phrases(tag: str, kind: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (ROOT / "content" / kind / f"{tag}.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / f"{tag}.tsv").write_text("".join(lines[::EVERY_NTH]), encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path, learnt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> House:
    shutil.copytree(learnt, tmp_path / "content")
    return House(tmp_path, monkeypatch, capsys)


NEW_LANGUAGE = "6"
OTHERS = [number for number, examples in SECTIONS.items() if examples and number != NEW_LANGUAGE]


@pytest.mark.parametrize("number", OTHERS)
def test_every_example_does_what_the_guide_says_and_leaves_the_house_well(house: House, number: str) -> None:
    house.carries_out(SECTIONS[number])
    house.is_well()


def test_a_whole_language_is_built_by_the_steps_of_the_guide(house: House) -> None:
    fresh = house.folder / "locales" / "sv"
    fresh.mkdir()
    for domain in ("scripts", "pages", "phrasebook", "offers"):
        catalogue = polib.pofile(str(ROOT / "locales" / "en" / f"{domain}.po"))
        for entry in catalogue:
            entry.msgstr = ""
        catalogue.save(str(fresh / f"{domain}.po"))
    first, *others = SECTIONS[NEW_LANGUAGE]
    house.carries_out([first])
    for domain in ("scripts", "pages", "phrasebook", "offers"):  # the translator's days
        shutil.copy(ROOT / "locales" / "sv" / f"{domain}.po", fresh)
    shutil.copy(ROOT / "content" / "offers" / "sv.toml", house.folder / "content" / "offers")
    some_phrases("sv", "learning", house.folder / "content" / "learning")
    house.carries_out(others)
    house.is_well()


def test_examples_of_every_part_of_the_guide_are_carried_out() -> None:
    assert sum(len(examples) for examples in SECTIONS.values()) == len(re.findall(r"^```\S", GUIDE, flags=re.M))
    assert {number for number, examples in SECTIONS.items() if not examples} == {"8", "9"}
    known = {("console", ""), ("transcript", "")}
    known |= {(kind, how) for kind in ("toml", "po", "tsv") for how in ("change", "add", "new", "after")}
    assert {(one.kind, one.how) for examples in SECTIONS.values() for one in examples} <= known


def test_a_language_that_lacks_the_words_of_a_new_step_is_not_offered(house: House) -> None:
    house.carries_out([one for one in SECTIONS["2"] if one.kind == "toml" or one.file == "locales/en/scripts.po"])
    assert house.says("talk rights es") == "hotline: es is not offered: en.\n"


def test_callers_are_told_what_may_be_reported_before_they_are_asked(house: House) -> None:
    house.carries_out(SECTIONS["7"])
    said = house.says("talk first_contact en", "1\n2\n1\n")
    told, asked = "we may have to tell those who look after children.", "What is it about?"
    assert 0 < said.index(told) < said.index(asked)


def test_the_limits_of_one_country_take_the_place_of_the_general_ones(house: House) -> None:
    english, spanish = "In Norway you decide what happens.", "En Noruega usted decide qué se hace."
    for tag, said in (("en", english), ("es", spanish)):
        entry = f'msgctxt "policy/NO/limits"\nmsgid "{english}"\nmsgstr "{said}"\n'
        house.carries_out([Example("po", f"locales/{tag}/scripts.po", "add", "", entry)])
    house.is_well()
    for tag, said in (("en", english), ("es", spanish)):
        assert said in house.says(f"talk first_contact {tag}", "1\n2\n1\n")


def test_only_signed_languages_are_offered_when_the_organisation_says_so(house: House) -> None:
    house.carries_out(SECTIONS["10"])
    config = house.folder / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("offer_unread = true", "offer_unread = false"), "utf-8"
    )
    assert house.says("talk first_contact en") == "hotline: en is not offered: es.\n"


def test_on_the_keyboard_the_words_that_the_guide_names_do_their_work(house: House) -> None:
    assert "May a person answer you here?" in house.says("talk rights en", "0\n")
    assert "You can already write." in house.says("talk rights en --on-duty", "0\n1\n")
    assert "Everything is deleted" in house.says("talk rights en", "delete\n")
    assert house.says("talk rights en", "1\nback\n").count("What is it about?") == 2
    assert "Two words help" in house.says("talk rights en", "code\n")


def table(head: str) -> list[list[str]]:
    """The rows of the table of the guide whose first cell is this."""
    rows = GUIDE.split(f"| {head} |")[1].split("\n\n")[0].split("\n")[2:]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]


def test_the_table_of_promises_names_every_promise_and_no_other(house: House) -> None:
    proven: set[str] = set()
    holds = Ledger.check

    def remembered(self: Ledger, good: bool, rule: str, place: object, what: str, language: str = "") -> None:
        proven.add(rule)
        holds(self, good, rule, place, what, language)

    house.patch.setattr(Ledger, "check", remembered)
    house.is_well()
    assert {row[0] for row in table("the promise that `prove` holds")} == proven


def test_what_the_tables_quote_is_what_the_commands_say() -> None:
    triage = ROOT / "hotline" / "triage"
    proof = [path.read_text(encoding="utf-8") for path in (triage / "proof").glob("*.py")]
    others = (
        triage / "scriptfile.py",
        triage / "signals.py",
        ROOT / "hotline/store/shelf.py",
        ROOT / "app/tools/check.py",
    )
    reading = [path.read_text(encoding="utf-8") for path in others]
    for column, head, sources in ((0, "`check` says", reading), (1, "the promise that `prove` holds", proof)):
        text = "\n".join(sources).replace("{{", "{").replace("}}", "}")
        for row in table(head):
            quoted = re.findall(r"`([^`]+)`", row[column])
            assert quoted, row
            assert [one for one in quoted if one not in text] == []


def test_every_key_of_a_step_and_every_code_and_every_name_in_braces_is_explained() -> None:
    keys = [one.name for one in fields(Step) if one.name != "place"]
    assert [key for key in keys if f"`{key} = " not in GUIDE] == []
    assert [code for code in Code if f"`{code}`" not in GUIDE] == []
    words = (ROOT / "locales" / "en" / "scripts.po").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"\{\w+\}", words) if f"`{name}`" not in GUIDE] == []
    assert f"The hotline knows {len(LANGUAGES)} tags" in GUIDE
