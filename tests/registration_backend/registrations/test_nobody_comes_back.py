"""Whatever lists are imported after whatever withdrawals: only who consented later comes back, and all who did."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import QuerySet

from registrations import contacts, services
from registrations.enumerations import Origin
from registrations.models import Registration, WithdrawnMark
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import make_agency, make_contact, make_registration
from tests.registration_backend.registrations.lists import GROUPED, counts, date_back, import_list, row, withdraw

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

START = date(2020, 1, 1)
HOMES = [("Main St. 5", ""), ("Main St. 5", "Unit 2"), ("Quay 7 B", ""), ("", "")]
DRY = "Dry run, nothing is stored: "


@dataclass
class Person:
    """What somebody did, as the lists' keeper cannot know it."""

    number: int
    home: tuple[str, str]
    cameras: int
    first_signed: date
    signed: date
    withdrew: date | None = None
    # The last day on which a camera of the list was removed while the others stayed.
    removed: date | None = None

    @property
    def name(self) -> str:
        return f"Person {self.number}"


@dataclass
class World:
    """A town in which a day passes with each step; what is registered is read from the database alone."""

    chance: random.Random
    folder: Path
    today: date = START
    exports: int = 0
    people: list[Person] = field(default_factory=list)
    left: dict[tuple[str, str], date] = field(default_factory=dict)
    back: int = 0
    returned: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        for number in range(self.chance.randint(2, 6)):
            home = self.chance.choice([*HOMES, (f"Street {number}", "")])
            self.people.append(Person(number, home, self.chance.choice([1, 1, 2, 3]), START, START))

    def registered(self, origin: Origin) -> dict[str, set[UUID]]:
        found: dict[str, set[UUID]] = {}
        for each in Registration.objects.filter(origin=origin):
            found.setdefault(contacts.read(each).name, set()).add(each.pk)
        return found

    def step(self) -> None:
        self.today += timedelta(days=1)
        steps = (
            self.bring_in,
            self.bring_in,
            self.leave,
            self.leave,
            self.sign_again,
            self.register_on_the_web,
            self.move,
        )
        self.chance.choice(steps)()
        date_back(self.today)

    def sign_again(self) -> None:
        self.chance.choice(self.people).signed = self.today

    def leave(self) -> None:
        for person, registrations in self.some_registered():
            withdraw(*registrations, day=self.today)
            person.withdrew = self.today
            self.has_left(person)

    def has_left(self, person: Person) -> None:
        if person.home[0]:
            self.left[person.home] = self.today

    def register_on_the_web(self) -> None:
        person = self.chance.choice(self.people)
        home, unit = person.home
        make_registration(contact=make_contact(name=f"Web of {self.today}", address=home, unit=unit))

    def move(self) -> None:
        for person, registrations in self.some_registered():
            contact = make_contact(name=person.name, address=f"Moved street {self.today}")
            services.change(registrations[0], contact=contact)

    def some_registered(self) -> list[tuple[Person, QuerySet[Registration]]]:
        known = self.registered(Origin.IMPORT)
        registered = [
            (person, Registration.objects.filter(pk__in=known[person.name]))
            for person in self.people
            if person.name in known
        ]
        return self.chance.sample(registered, min(1, len(registered)))

    def bring_in(self) -> None:
        """Import a list, old or new, with other ids, another spelling or fewer rows; first as a dry run."""
        self.exports += 1
        renumbered = self.chance.random() < 0.4
        listed = [each for each in self.people if self.chance.random() < 0.8]
        signed = {each.name: self.chance.choice([each.first_signed, each.signed]) for each in listed}
        options = {"withdraw_missing": True, "even_most": True} if self.chance.random() < 0.4 else {}
        rows, short = [], []
        for person in listed:
            cameras = range(person.cameras)
            if person.cameras > 1 and self.chance.random() < 0.2:
                cameras = cameras[1:]
                short.append(person)
            rows += [self.row_of(person, camera, signed[person.name], renumbered=renumbered) for camera in cameras]
        before, web = self.registered(Origin.IMPORT), self.registered(Origin.WEB)
        rehearsed = import_list(self.folder, *rows, source=GROUPED, dry_run=True, **options)
        assert self.registered(Origin.IMPORT) == before
        printed = import_list(self.folder, *rows, source=GROUPED, **options)
        assert [line.removeprefix(DRY) for line in rehearsed] == printed
        after = self.registered(Origin.IMPORT)
        assert self.registered(Origin.WEB) == web
        self.refused += counts(printed)[3]
        for person in listed:
            self.compare(person, signed[person.name], before=before, after=after)
        for person in self.people:
            held, still = before.get(person.name, set()), after.get(person.name, set())
            if held - still:
                assert options, "an import withdraws nobody unasked"
                self.has_left(person)
                person.withdrew = person.withdrew if still else self.today
            if person in short:
                person.removed = self.today

    def compare(self, person: Person, signed: date, *, before: dict, after: dict) -> None:
        """Count who came back without having signed later, and hold that nobody who signed later is kept out."""
        new = person.name in after and person.name not in before
        self.back += new and person.withdrew is not None and signed <= person.withdrew
        self.returned += new and person.withdrew is not None
        bars = [day for day in (person.withdrew, person.removed, self.left.get(person.home)) if day is not None]
        assert not new or signed > self.left.get(person.home, date.min)
        assert new or person.name in before or not all(signed > day for day in bars)

    def row_of(self, person: Person, camera: int, signed: date, *, renumbered: bool) -> str:
        home, unit = person.home
        spelled = self.chance.choice([str, str.upper, lambda text: text.replace(" ", " - ").replace(".", "")])
        # Who gives no address is known by the row's id alone.
        export = self.exports if renumbered and home else 0
        return row(
            0,
            id=f"{export}-{person.number}-{camera}",
            site=f"Site {person.number}" if person.cameras > 1 else "",
            name=person.name,
            address=spelled(home),
            sees=spelled(unit),
            phone=self.chance.choice(["555 0100", "555 0101"]),
            signed=signed.isoformat(),
        )


def test_of_all_who_withdrew_only_those_come_back_who_signed_later(tmp_path):
    make_agency()
    back = returned = refused = 0
    for seed in range(proof_count(200, at_least=6)):
        world = World(random.Random(seed), tmp_path)
        for _ in range(12):
            world.step()
        back, returned, refused = back + world.back, returned + world.returned, refused + world.refused
        for registration in Registration.objects.all():
            services.withdraw(registration)
        WithdrawnMark.objects.all().delete()
    assert back == 0
    assert returned > 0, "somebody signed again, so that the rounds are not about refusals alone"
    assert refused > 0
