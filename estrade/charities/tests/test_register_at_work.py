from __future__ import annotations

from argparse import Namespace
from threading import Thread

import pytest
from django.db import connection

from estrade.charities import actions, importing, queries
from estrade.charities.errors import RegisterIsRead
from estrade.charities.importing import import_register
from estrade.site import operating


@pytest.fixture
def edition(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("number,name,country,place,status\nF1,Phare,LU,Esch,\nF2,Weg,LU,Esch,dissolved\n")
    return path


def asked(**how: object) -> Namespace:
    return Namespace(**{"register": "plain", "part": False, "may_shrink": False, "website": "", "purpose": "Light."} | how)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_register_never_run_at_once(edition, noon, monkeypatch):
    kept, refused = importing._keep, []

    def meanwhile() -> None:
        try:
            import_register("plain", [edition], noon)
        except RegisterIsRead as refusal:
            refused.append(refusal)
        connection.close()

    def slow(*rows) -> None:
        other = Thread(target=meanwhile)
        other.start()
        other.join()
        kept(*rows)

    monkeypatch.setattr(importing, "_keep", slow)
    import_register("plain", [edition], noon)
    monkeypatch.setattr(importing, "_keep", kept)

    assert len(refused) == 1
    assert import_register("plain", [edition], noon).read_count == 2


def test_the_operator_reads_lists_and_decides_at_the_command_line(db, edition, house, noon, capsys):
    assert operating.import_register(asked(files=[str(edition)])) == 0
    assert "2 read, 0 without number or name, 0 gone." in capsys.readouterr().out

    assert operating.list_from_register(asked(number="LU F1")) == 0
    assert operating.list_from_register(asked(number="LU F9")) == 1
    assert operating.list_from_register(asked(number="LU F2")) == 1
    said = capsys.readouterr()
    assert "Phare (LU F1) is on the list." in said.out
    assert "plain has no LU F9; is it read in?" in said.err

    edition.write_text(edition.read_text().replace("Esch,\n", "Esch,revoked\n"))
    operating.import_register(asked(files=[str(edition)]))
    assert "suspended: Phare (LU F1), its status was revoked" in capsys.readouterr().out
    assert operating.import_register(asked(files=["missing.csv"])) == 1


def test_the_operator_sees_and_decides_what_hosts_propose(db, edition, house, noon, capsys):
    import_register("plain", [edition], noon)
    proposal = actions.propose(house, "plain", "LU F1", "Light.", noon)

    operating.say_proposals()
    assert f"{proposal.pk}  plain LU F1  Phare (Esch)" in capsys.readouterr().out
    assert operating.decide_proposal(Namespace(does="accept", proposal=str(proposal.pk))) == 0
    assert [charity.name for charity in queries.listed()] == ["Phare"]
    assert operating.decide_proposal(Namespace(does="decline", proposal=str(proposal.pk))) == 1
    assert operating.decide_proposal(Namespace(does="decline", proposal="nonsense")) == 1
