"""What Les Marées plays in the demo: a believable month of a small house that streams its evenings, in two languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from estrade.events.actions import EventFields
from estrade.tickets.actions.price_list import Terms

ZONE = "Europe/Luxembourg"

# Name, purpose, number in the register, country, website.
CHARITIES = (
    (
        "Port d’attache",
        "Houses families while a child is in hospital far from home.",
        "F12408",
        "LU",
        "https://port-dattache.example",
    ),
    ("Lire à voix haute", "Lit des histoires aux enfants, en neuf langues, dans les bibliothèques.", "F10977", "LU", ""),
    ("Ciel noir", "Switches off needless lamps, so that people and birds see the stars again.", "0748.221.905", "BE", ""),
)


@dataclass(frozen=True)
class Date:
    """`days` from today at `at`, wall time in ZONE."""

    days: int
    at: time
    minutes: int


@dataclass(frozen=True)
class Planned:
    """An event of the demo. Without dates it is on now. A term's charity is named in `charity`."""

    fields: EventFields
    capacity: int
    dates: tuple[Date, ...]
    terms: tuple[Terms, ...]
    charity: str = ""
    given_to: frozenset[str] = field(default_factory=frozenset)  # the names of the terms that the charity receives from


LIVE = Planned(
    fields={
        "title": "High tides",
        "short_text": "Harp, double bass and sea play one whole tide: twelve hours and a half, live from the old boathouse.",
        "description": (
            "Three people, forty-seven strings and one hydrophone in the harbour.\n\n"
            "**Les Marées** play *High tides* as long as it is: twelve hours and twenty-five minutes, from one high water to "
            "the next. One of them always plays; the others sleep, or make soup. "
            "The microphone under the quay is part of the band.\n\n"
            "- While the water falls: *Slack* to *The pilot’s wife*\n"
            "- At low water: the harbour alone\n"
            "- While it rises: *Equinox*, until the quay is wet again\n\n"
            "Come for ten minutes or stay the night: the doors stay open, and nobody counts. Headphones are worth it.\n\n"
            "€2.00 of each full price goes to Port d’attache."
        ),
        "category": "music",
        "tags": ["harp", "new record", "live"],
        "language": "en",
        "kind": "stage",
    },
    capacity=250,
    dates=(),
    terms=(
        Terms(
            "Solidarity",
            "free",
            "For whom a ticket would not fit into this month. Nobody asks why.",
            quota_size=100,
            per_order_max=2,
        ),
        Terms("Full price", "fixed", "Pays for strings, rent and the boatman.", price_minor=15_00, share_basis_points=1_333),
        Terms(
            "Pay what you want", "pay_what_you_want", "What the evening is worth to you.", minimum_minor=1_00, suggested_minor=10_00
        ),
        Terms("Donation", "donation", "Goes to Port d’attache, all of it.", suggested_minor=5_00, share_basis_points=10_000),
    ),
    charity="Port d’attache",
    given_to=frozenset({"Full price", "Donation"}),
)

COMING = (
    Planned(
        fields={
            "title": "Slow morning yoga",
            "short_text": "Sixty quiet minutes before work. A mat, a jumper and a corner of floor are enough.",
            "description": (
                "We begin lying down and end standing up, slowly.\n\n"
                "Inês teaches with the camera on, so that she can see how you stand and say a word about your shoulders. "
                "You may keep yours off.\n\n"
                "**What you need:** a mat or a carpet, something warm for the last ten minutes, water.\n\n"
                "No experience needed. If you are pregnant or something hurts, write to us before and we find another way."
            ),
            "category": "wellness",
            "tags": ["beginners", "morning"],
            "language": "en",
            "kind": "class",
        },
        capacity=30,
        dates=(Date(1, time(7, 30), 60),),
        terms=(
            Terms("Mat", "fixed", price_minor=9_00),
            Terms("First time", "free", "Once, to see whether you like it.", quota_size=6, per_order_max=1),
        ),
    ),
    Planned(
        fields={
            "title": "Rire jaune, soirée d’humour",
            "short_text": "Quatre humoristes, huit minutes chacun, et un public qui vote avec ses applaudissements.",
            "description": (
                "Une scène ouverte qui ne pardonne rien et oublie tout le lendemain.\n\n"
                "Au programme : **Maud Kessel** (fonctionnaire européenne repentie), **Tiago Brás** (père de jumeaux), "
                "**Léonie Weis** (professeure de latin) et une surprise que nous ne connaissons pas encore non plus.\n\n"
                "Dès 16 ans. On rit micro coupé ; les applaudissements, eux, passent."
            ),
            "category": "comedy",
            "tags": ["scène ouverte", "stand-up"],
            "language": "fr",
            "kind": "stage",
        },
        capacity=200,
        dates=(Date(4, time(20, 30), 90),),
        terms=(
            Terms("Fauteuil", "fixed", price_minor=12_00),
            Terms("Duo", "fixed", "À deux devant le même écran.", price_minor=18_00),
        ),
    ),
    Planned(
        fields={
            "title": "Aquarelle, quatre lundis",
            "short_text": "De la première goutte au paysage d’hiver : un cours de peinture en quatre soirées.",
            "description": (
                "Quatre lundis, quatre exercices : l’eau, la lumière, l’arbre, la neige.\n\n"
                "Chaque séance tient debout seule ; ensemble elles font un cours. On montre sa feuille quand on veut, "
                "jamais quand on ne veut pas.\n\n"
                "**Matériel :** trois couleurs (un bleu, un jaune, un rouge), deux pinceaux ronds, du papier de 300 g."
            ),
            "category": "lesson",
            "tags": ["peinture", "débutants"],
            "language": "fr",
            "kind": "class",
        },
        capacity=24,
        dates=tuple(Date(days, time(19, 0), 100) for days in (7, 14, 21, 28)),
        terms=(
            Terms("Une soirée", "fixed", price_minor=22_00),
            Terms("Étudiant·e", "fixed", "Sur parole.", price_minor=12_00, quota_size=6),
        ),
    ),
    Planned(
        fields={
            "title": "Who owns the night? Light, sleep and cities",
            "short_text": "An astronomer, a nurse and a lamp maker on why the dark is worth keeping, and for whom.",
            "description": (
                "Four fifths of Europe have never seen the Milky Way from home.\n\n"
                "Dr **Ada Lindqvist** counts what is left of the night, **Paul Thill** works in it, and **Noor "
                "Haddad** builds lamps that "
                "go out by themselves. Forty minutes of talk, forty of your questions.\n\n"
                "Half of what comes in goes to Ciel noir, who buy shades for street lamps."
            ),
            "category": "talk",
            "tags": ["cities", "astronomy"],
            "language": "en",
            "kind": "stage",
        },
        capacity=500,
        dates=(Date(9, time(19, 30), 90),),
        terms=(
            Terms("Listener", "pay_what_you_want", suggested_minor=8_00, share_basis_points=5_000),
            Terms("School class", "free", "One ticket for the whole room.", quota_size=20, per_order_max=1),
        ),
        charity="Ciel noir",
        given_to=frozenset({"Listener"}),
    ),
    Planned(
        fields={
            "title": "Raviolis du dimanche",
            "short_text": "On pétrit à 17 h, on mange à 19 h : la pâte, deux farces et le beurre de sauge.",
            "description": (
                "Vous cuisinez, Giulia regarde par-dessus votre épaule.\n\n"
                "La liste des courses arrive avec le billet : farine, œufs, ricotta, épinards, sauge. Pas de machine, "
                "un rouleau suffit, "
                "et une bouteille vide fait un rouleau.\n\n"
                "Comptez deux heures, vaisselle non comprise."
            ),
            "category": "cooking",
            "tags": ["cuisine italienne", "végétarien"],
            "language": "fr",
            "kind": "class",
        },
        capacity=40,
        dates=(Date(13, time(17, 0), 120),),
        terms=(Terms("Une cuisine", "fixed", "Quel que soit le nombre de mains.", price_minor=19_00),),
    ),
    Planned(
        fields={
            "title": "The octopus in the next room",
            "short_text": "A marine biologist, a live aquarium camera, and eight arms that have their own opinion.",
            "description": (
                "Kelp is four years old, a common octopus, and opens jars.\n\n"
                "**Dr Rosa Ferrão** shows what an octopus sees, how it decides, and what that tells us about minds "
                "that are not like ours. "
                "Kelp decides whether she appears. In nine shows out of ten she did."
            ),
            "category": "science",
            "tags": ["biology", "sea"],
            "language": "en",
            "kind": "stage",
        },
        capacity=400,
        dates=(Date(11, time(18, 0), 60),),
        terms=(Terms("Place", "fixed", price_minor=6_00), Terms("Under 14", "free", quota_size=150)),
    ),
    Planned(
        fields={
            "title": "La nuit des berceaux",
            "short_text": "Cinq heures de berceuses pour payer cent nuits à des parents qui veillent à l’hôpital.",
            "description": (
                "De 19 h à minuit, vingt voix chantent la berceuse qu’on leur chantait.\n\n"
                "Une nuit dans la maison de **Port d’attache** coûte 35 €. Le billet est gratuit, le don est libre, "
                "et chaque don va entier à l’association."
            ),
            "category": "giving",
            "tags": ["berceuses", "solidarité"],
            "language": "fr",
            "kind": "stage",
        },
        capacity=1_000,
        dates=(Date(18, time(19, 0), 300),),
        terms=(
            Terms("Place", "free", per_order_max=4),
            Terms("Une part de nuit", "donation", suggested_minor=7_00, share_basis_points=10_000),
        ),
        charity="Port d’attache",
        given_to=frozenset({"Une part de nuit"}),
    ),
    Planned(
        fields={
            "title": "Mend it: three stitches for wool",
            "short_text": "Bring the jumper with the hole. In ninety minutes it has a story instead.",
            "description": (
                "Swiss darning, the woven patch, and one stitch for elbows.\n\n"
                "You need a blunt needle, wool that nearly fits, and something that moths have been at. We work "
                "slowly enough to drop a needle."
            ),
            "category": "craft",
            "tags": ["mending", "wool"],
            "language": "en",
            "kind": "class",
        },
        capacity=20,
        dates=(Date(6, time(18, 30), 90),),
        terms=(Terms("Chair", "fixed", price_minor=14_00),),
    ),
    Planned(
        fields={
            "title": "Histoires pour pyjamas",
            "short_text": "Trois contes, une marionnette et au lit à huit heures. De 3 à 7 ans, doudous admis.",
            "description": (
                "Basile raconte, la marionnette Fernand le contredit, les enfants décident qui a raison.\n\n"
                "Trente-cinq minutes, trois histoires, une chanson pour descendre. Un euro de chaque billet achète "
                "des livres pour Lire à voix haute."
            ),
            "category": "family",
            "tags": ["contes", "3 à 7 ans"],
            "language": "fr",
            "kind": "stage",
        },
        capacity=300,
        dates=(Date(3, time(19, 15), 40), Date(10, time(19, 15), 40)),
        terms=(Terms("Un foyer", "fixed", "Tous les pyjamas de la maison.", price_minor=5_00, share_basis_points=2_000),),
        charity="Lire à voix haute",
        given_to=frozenset({"Un foyer"}),
    ),
)
