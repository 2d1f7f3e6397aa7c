from __future__ import annotations

import io
import tracemalloc
from datetime import date, timedelta
from pathlib import Path

import pytest

from estrade.base.errors import NotFound
from estrade.charities import actions, importing, queries
from estrade.charities.errors import EntryNotInForce, RegisterShrank, RegisterUnreadable
from estrade.charities.folding import fold
from estrade.charities.importing import import_register
from estrade.charities.models import RegisterEntry, RegisterImport
from estrade.charities.registers import READERS

SAMPLES = Path(__file__).parent / "samples"
DAMAGED = [
    b"a,b\n1,2\n",
    b'[{"registered_charity_number": 1}, {"char',
    b"\x00\xff\xfe\n\n",
    b'number,name,country\n1,"' + b"x" * 300_000,
]


def read(register: str, name: str) -> tuple[dict[str, object], int]:
    """What a sample says, by number, and how many rows it has that say nothing."""
    with (SAMPLES / name).open("rb") as file:
        rows = list(READERS[register](file))
    return {row.number: row for row in rows if row}, rows.count(None)


def plain(folder: Path, *lines: str, name: str = "plain.csv") -> Path:
    """A plain file of these rows."""
    path = folder / name
    path.write_text("\n".join(["number,name,country,place,status", *lines]) + "\n")
    return path


def many(count: int) -> list[str]:
    return [f"N{number:05},Helpers {number},LU,Esch," for number in range(count)]


def test_the_american_file_is_read_with_its_quotes_dropped_noughts_and_revoked_ones():
    found, nothing = read("us_irs", "us_irs.csv")

    assert nothing == 2
    assert found["000000103"].name == 'FRIENDS OF THE "OLD" MILL, INC'
    assert (found["000000104"].place, found["000000105"].name) == ("KEENE, NH", "HYPHEN HEALTH CLINIC")
    assert {number: row.recognition for number, row in found.items() if row.recognition != "deductible"} == {
        "000000106": "treaty", "000000107": "not_deductible", "000000112": "",
    }  # fmt: skip
    assert {number for number, row in found.items() if row.status != "registered"} == {"000000108", "000000112"}


@pytest.mark.parametrize("name", ["uk_ccew.json", "uk_ccew.txt"])
def test_the_british_extract_is_read_as_json_and_with_tabs(name):
    found, nothing = read("uk_ccew", name)

    assert found["900002"].name == 'THE "OPEN DOOR" PROJECT'
    assert (found["900004"].name, found["900004"].place) == ("ELUSEN Y GOLAU TÂN", "CAERDYDD")
    assert found["900001-1"].name == "LANTERN PRIZE FUND"
    assert (found["900003"].status, found["900003"].since) == ("removed", date(2024, 5, 6))
    assert found["900005"].name == "LINES AND MORE"
    assert (found["900001"].recognition, found["900005"].recognition) == ("gift_aid", "")
    assert nothing == (3 if name.endswith("txt") else 2)
    assert ("900007" in found) == name.endswith("txt")


def test_the_french_directory_is_read_in_latin_1_with_line_ends_in_its_texts():
    found, nothing = read("fr_rna", "fr_rna.csv")

    assert nothing == 1
    assert (found["W000000001"].name, found["W000000001"].recognition) == ("L'ŒUVRE DE LA LANTERNE", "public_utility")
    assert found["W000000002"].name == "SOLIDARITÉ D'ÉTÉ (NOUVEAU TITRE)"
    assert found["W000000005"].name == 'LES AMIS DU "VIEUX" MOULIN; SECTION SUD'
    assert found["W000000007"].place == "Évry"
    lost = {number: (row.status, row.since) for number, row in found.items() if row.status != "registered"}
    assert lost == {
        "W000000003": ("dissolved", date(2023, 4, 5)),
        "W000000004": ("removed", None),
        "W000000008": ("dissolved", date(2025, 1, 31)),
    }


def test_those_of_public_utility_and_the_plain_file_are_read():
    recognised, nameless = read("fr_rup", "fr_rup.csv")
    others, nothing = read("plain", "plain.csv")

    assert ({row.recognition for row in recognised.values()}, nameless) == ({"public_utility"}, 1)
    assert recognised["W000000001"].since == date(1921, 7, 14)
    assert {number: row.status for number, row in others.items()} == {
        "LU F9001": "registered", "DE HRB 77": "registered", "DE HRB 78": "dissolved",
    }  # fmt: skip
    assert nothing == 3


@pytest.mark.parametrize("register", sorted(READERS))
@pytest.mark.parametrize("content", DAMAGED)
def test_what_is_no_such_file_is_refused_and_never_breaks(register, content):
    with pytest.raises(RegisterUnreadable):
        list(READERS[register](io.BytesIO(content)))


def test_a_register_of_any_size_is_read_in_the_same_memory():
    class Long:
        """Six megabytes of charities, never all at once."""

        written = 0

        def read(self, size: int) -> bytes:
            self.written += size
            return (
                b"[   "
                if size == 4
                else b'{"registered_charity_number": 1, "charity_name": "A"},' * (self.written < 6_000_000) * 1000
            )

    tracemalloc.start()
    with pytest.raises(RegisterUnreadable):
        for _row in READERS["uk_ccew"](Long()):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_reading_a_file_twice_changes_nothing(db, noon):
    import_register("fr_rna", [SAMPLES / "fr_rna.csv"], noon)
    before = list(RegisterEntry.objects.order_by("number").values("number", "name", "status", "status_since", "first_seen_at"))

    again = import_register("fr_rna", [SAMPLES / "fr_rna.csv"], noon + timedelta(days=30))

    assert list(RegisterEntry.objects.order_by("number").values(*before[0])) == before
    assert (again.read_count, again.unreadable_count, again.gone_count) == (8, 1, 0)
    assert RegisterEntry.objects.filter(last_seen_at=noon + timedelta(days=30)).count() == len(before)


def test_a_reading_that_was_stopped_half_way_takes_nothing_as_gone_and_is_run_again(db, noon, tmp_path, monkeypatch):
    import_register("plain", [plain(tmp_path, *many(30))], noon)
    kept = importing._keep

    def dies(reading, rows, now):
        if reading.read_count >= 10:
            raise KeyboardInterrupt
        kept(reading, rows, now)

    later = noon + timedelta(days=1)
    monkeypatch.setattr(importing, "_keep", dies)
    with pytest.raises(KeyboardInterrupt):
        import_register("plain", [plain(tmp_path, *many(29))], later, batch=5)
    monkeypatch.setattr(importing, "_keep", kept)

    assert not RegisterEntry.objects.filter(status="gone").exists()
    assert RegisterImport.objects.filter(finished_at=None).count() == 1
    assert import_register("plain", [plain(tmp_path, *many(29))], later, batch=5).gone_count == 1


def test_a_file_that_lacks_a_tenth_takes_nothing_as_gone_unless_told(db, noon, tmp_path):
    import_register("plain", [plain(tmp_path, *many(100))], noon)
    short = plain(tmp_path, *many(89), "N00100,New one,LU,Esch,")

    with pytest.raises(RegisterShrank) as refusal:
        import_register("plain", [short], noon)
    assert refusal.value.facts == {"missing": 11, "of": 101}
    assert queries.entry("plain", "LU N00099").status == "registered"
    assert import_register("plain", [short], noon, is_whole=False).gone_count == 0

    assert import_register("plain", [short], noon, may_shrink=True).gone_count == 11
    gone = queries.entry("plain", "LU N00099")
    assert (gone.status, gone.status_since) == ("gone", noon.date())


def test_the_day_on_which_a_status_changed_is_kept(db, noon, tmp_path):
    import_register("plain", [plain(tmp_path, "A1,Helpers,LU,Esch,")], noon)
    import_register("plain", [plain(tmp_path, "A1,Helpers,LU,Esch,revoked")], noon + timedelta(days=2))
    import_register("plain", [plain(tmp_path, "A1,Helpers,LU,Esch,revoked")], noon + timedelta(days=9))

    assert queries.entry("plain", "LU A1").status_since == (noon + timedelta(days=2)).date()


def test_several_files_and_archives_are_one_register(db, noon, tmp_path):
    from zipfile import ZipFile

    with ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(plain(tmp_path, "A1,Helpers,LU,Esch,"), "one.csv")
        archive.writestr("read me.pdf", "no")
    second = plain(tmp_path, "A2,Others,LU,Esch,", name="two.csv")

    assert import_register("plain", [tmp_path / "all.zip", second], noon).read_count == 2
    (tmp_path / "broken.zip").write_bytes(b"no archive")
    for path in (tmp_path / "broken.zip", tmp_path / "missing.csv"):
        with pytest.raises(RegisterUnreadable):
            import_register("plain", [path], noon)


def test_a_charity_is_listed_from_its_entry_only_while_it_is_registered(db, noon):
    import_register("fr_rna", [SAMPLES / "fr_rna.csv"], noon)

    listed = actions.list_from_entry("fr_rna", "W000000001", "Light for all.", noon)
    assert (listed.name, listed.registration, listed.country) == ("L'ŒUVRE DE LA LANTERNE", "W000000001", "FR")
    assert actions.list_from_entry("fr_rna", "W000000001", "Light for everybody.", noon).pk == listed.pk

    with pytest.raises(EntryNotInForce):
        actions.list_from_entry("fr_rna", "W000000003", "Gone.", noon)
    with pytest.raises(NotFound):
        actions.list_from_entry("fr_rna", "W999999999", "None.", noon)


def test_names_are_folded():
    assert fold("L’Œuvre d'Été (SAINT-MALO) Straße") == "l oeuvre d ete saint malo strasse"
