"""The site as files: the same bytes as the server sends, and nothing else in the folder is touched."""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import pytest

from app.tools import export
from app.tools.export import MARK, exported, write
from tests.server_help import open_house, settings_for


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    with open_house(tmp_path_factory.mktemp("export")) as house:
        return exported(house.settings, house.office.desk.shelf)


def test_every_page_is_byte_for_byte_what_the_server_sends(tmp_path: Path, files: dict[str, bytes]) -> None:
    with open_house(tmp_path, with_pages=True) as house:
        browser = house.browser()
        pages = [name for name in files if name.endswith(".html") and name != "index.html"]
        assert {"en/index.html", "en/c/work-in-a-home.html", "ar/help/no.html", "th/who.html"} <= set(pages)
        for name in pages:
            path = "/" + (
                name.removesuffix("index.html") if name.endswith("/index.html") else name.removesuffix(".html")
            )
            assert browser.get(path).content == files[name], path


def test_forms_lead_back_from_another_host(tmp_path: Path, files: dict[str, bytes]) -> None:
    with open_house(tmp_path) as house:
        there = exported(house.settings, house.office.desk.shelf, back="https://hotline.example")
    page = there["en/c/work-in-a-home.html"].decode()
    assert 'action="/"' in files["en/c/work-in-a-home.html"].decode()
    assert 'action="/"' not in page
    assert 'action="https://hotline.example/"' in page
    assert "form-action 'self' https://hotline.example" in there["nginx.conf"].decode()


def test_what_has_gone_is_taken_away_and_every_file_has_its_compressed_twin(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert write(folder, {"en/index.html": b"one", "en/c/old.html": b"old"}) == 2
    write(folder, {"en/index.html": b"two"})
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == [MARK, "en/index.html", "en/index.html.gz"]
    assert gzip.decompress((folder / "en/index.html.gz").read_bytes()) == b"two"
    assert (folder / "en/index.html").stat().st_mode & 0o777 == 0o644


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.odt").write_text("mine")
    options = argparse.Namespace(
        folder=tmp_path, back="", config=str(settings_for(tmp_path).content.parent / "config.toml")
    )
    assert export.run(options) == 2
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "thesis.odt").read_text() == "mine"
