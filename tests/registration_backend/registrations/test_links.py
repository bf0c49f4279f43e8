"""Confirming by e-mail and managing by fresh links: what opens what, for how long, and what a stranger gets."""

from __future__ import annotations

import json
import logging
import re
from datetime import date, timedelta

import pytest
from django.core.signals import request_finished
from django.db import IntegrityError, close_old_connections, transaction
from django.test import Client
from django.utils import timezone

from feed.models import PublishedCamera
from registrations import contacts, links, mail, services
from registrations.accesses import ContactAccess, accesses_asked
from registrations.details import NotAllowed, SiteDetails
from registrations.enumerations import LinkPurpose, SuspendedBecause
from registrations.models import Contact, Link, Registration
from tests.registration_backend.registrations.factories import (
    HELSINKI,
    canary,
    make_agency,
    make_contact,
    make_registration,
)
from tests.registration_backend.registrations.mail_server import mail_server

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
FORM = {
    "name": "Demo Person",
    "address": "Example street 1",
    "latitude": str(HELSINKI[1]),
    "longitude": str(HELSINKI[0]),
    "consent": "on",
    "camera-TOTAL_FORMS": "1",
    "camera-INITIAL_FORMS": "0",
    "camera-0-retention_unit": "days",
}


@pytest.fixture(autouse=True)
def agency():
    return make_agency(public_email="cameras@police.example.org", public_phone="+1 202 555 0100")


def register(client: Client, email: str, form: str = "/register/", **changes: str) -> str:
    """Send the form and return the address of the page that it leads to, without its query."""
    answer = client.post(form, {**FORM, "email": email, **changes})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"].split("?")[0]


def link_in(message) -> str:
    """Return the path of the link in an e-mail."""
    return re.search(r"http://[^/\s]+(/link/\S+)", message.body)[1]


def confirmed(client: Client, mailoutbox, email: str) -> str:
    """Register, press the button of the e-mailed link, and return the page that it leads to."""
    register(client, email)
    return client.post(link_in(mailoutbox[-1]))["Location"].split("?")[0]


def own_sites(client: Client, page: str) -> list[str]:
    return json.loads(client.get(f"{page}download/").content)["other_sites"]


def test_registering_sends_one_link_and_publishes_nothing(client, mailoutbox):
    email = f"{canary('mail')}@example.org"
    page = register(client, email)
    (message,) = mailoutbox
    assert message.to == [email]
    assert message.reply_to == ["cameras@police.example.org"]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert not {"Demo Person", "Example street", email} & {
        word for word in ("Demo Person", "Example street", email) if word in message.body + message.subject
    }
    registration = Registration.objects.get()
    assert (registration.state, registration.confirmed_on, registration.email_confirmed_at) == (
        "unconfirmed",
        None,
        None,
    )
    assert "We sent you an e-mail" in client.get(page).content.decode()
    with pytest.raises(NotAllowed, match="not confirmed"):
        services.publish(registration)
    with pytest.raises(NotAllowed):
        services.suspend(registration)
    assert not PublishedCamera.objects.exists()


def test_the_database_itself_refuses_to_publish_what_nobody_confirmed():
    registration = make_registration(confirmed_on=None).registration
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=registration.pk).update(state="published")


def test_opening_a_link_uses_nothing_up_and_its_button_works_once(client, mailoutbox):
    register(client, "demo@example.org")
    address = link_in(mailoutbox[0])
    for _ in range(3):
        assert Client().get(address).status_code == 200
        assert Client().head(address).status_code == 200
    switched = Client().post(address, {"language": "es"})
    assert "Sí, confirmarlo" in switched.content.decode()
    assert Registration.objects.get().state == "unconfirmed"
    answer = client.post(address)
    assert answer.status_code == 302
    assert "Your registration is confirmed" in client.get(answer["Location"]).content.decode()
    registration = Registration.objects.get()
    assert registration.state == "pending"
    assert registration.confirmed_on == timezone.now().date()
    assert services.publish(registration).state == "published"
    for again in (Client().post(address), Client().get(address), client.post(address, {"language": "es"})):
        assert again.status_code == 410
        assert again["Cache-Control"] == "no-store"


@pytest.mark.parametrize("what", ["used", "old", "forged", "of a visit"])
def test_a_stale_or_forged_link_changes_nothing_and_says_what_to_do(client, mailoutbox, what):
    page = register(client, "demo@example.org")
    address = link_in(mailoutbox[0])
    if what == "used":
        Link.objects.exclude(purpose="visit").update(used_at=timezone.now())
    elif what == "old":
        Link.objects.exclude(purpose="visit").update(expires_at=timezone.now())
    elif what == "forged":
        address = f"/link/{canary('x')}/"
    else:
        address = f"/link/{page.split('/')[2]}/"
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 410
        assert "Ask for a fresh one" in answer.content.decode()
    assert Registration.objects.get().state == "unconfirmed"


def test_an_emailed_link_is_no_visit_and_a_visit_ends_after_two_days_or_at_once(client, mailoutbox):
    page = register(client, "demo@example.org")
    assert client.get(link_in(mailoutbox[0]).replace("/link/", "/registration/")).status_code == 404
    assert client.get(page).status_code == 200
    Link.objects.filter(purpose="visit").update(expires_at=timezone.now() + timedelta(hours=1))
    assert client.get(page).status_code == 200
    Link.objects.filter(purpose="visit").update(expires_at=timezone.now())
    assert client.get(page).status_code == 404
    other = f"/registration/{links.begin_visit(Registration.objects.get())}/"
    assert client.post(f"{other}leave/").status_code == 302
    assert client.get(other).status_code == 404
    assert links.forget_expired() == 1


def test_asking_for_a_link_answers_the_same_whether_or_not_the_address_is_known(client, mailoutbox):
    confirmed(client, mailoutbox, "demo@example.org")
    before = len(mailoutbox)
    answers = [client.post("/link/", {"email": email}) for email in ("Demo@Example.org", "unknown@example.org")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/link/sent/")}
    assert len(mailoutbox) == before + 1
    assert client.post("/link/", {"email": "no address"}).status_code == 422
    page = client.post(link_in(mailoutbox[-1]))["Location"].split("?")[0]
    assert "demo@example.org" in client.get(page).content.decode()


def test_the_mail_leaves_after_the_answer(rf, mailoutbox):
    """A mail server takes its time: measured before the answer, it would tell that the address is registered."""
    from registrations import link_views

    make_registration(contact=make_contact(email="demo@example.org"))
    request = rf.post("/link/", {"email": "demo@example.org"})
    request._dont_enforce_csrf_checks = True
    answer = link_views.ask(request)
    assert (answer.status_code, len(mailoutbox)) == (302, 0)
    # The test's own connection must outlive the request, as Django's test client sees to.
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)
    assert len(mailoutbox) == 1


def test_a_mailbox_gets_at_most_three_links_an_hour(client, mailoutbox):
    for _ in range(5):
        page = register(client, "demo@example.org")
    assert len(mailoutbox) == 3
    for _ in range(2):
        client.post("/link/", {"email": "DEMO@example.org"})
    answer = client.post(f"{page}send-again/")
    assert "could not be sent" in client.get(answer["Location"]).content.decode()
    assert len(mailoutbox) == 3
    Link.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    answer = client.post(f"{page}send-again/")
    assert "on its way" in client.get(answer["Location"]).content.decode()
    assert len(mailoutbox) == 4


def test_one_more_site_under_a_proved_address_needs_no_new_proof_and_is_listed(client, mailoutbox):
    page = confirmed(client, mailoutbox, "demo@example.org")
    form = client.get(f"{page}another/").content.decode()
    assert 'value="demo@example.org"' in form
    assert "Example street 1" not in form
    second = register(client, "demo@example.org", f"{page}another/", address="Other street 2")
    assert len(mailoutbox) == 1
    assert {each.state for each in Registration.objects.all()} == {"pending"}
    (other,) = own_sites(client, second)
    answer = client.post(f"{second}other/{other}/")
    assert "Example street 1" in client.get(answer["Location"]).content.decode()
    gone = client.post(f"{second}withdraw/", {"confirmed": "yes"})
    left = client.get(gone["Location"]).content.decode()
    assert "The site is deleted" in left
    assert "Example street 1" in left
    assert Registration.objects.count() == 1


def test_nobody_reaches_a_site_of_someone_else(client, mailoutbox):
    page = confirmed(client, mailoutbox, "demo@example.org")
    stranger = make_registration().registration
    assert client.post(f"{page}other/{stranger.pk}/").status_code == 404


def test_who_types_another_persons_address_never_sees_that_persons_sites(client, mailoutbox):
    victim = "victim@example.org"
    confirmed(client, mailoutbox, victim)
    own = Registration.objects.get()

    attacker = Client()
    typed = register(attacker, victim)
    assert own_sites(attacker, typed) == []
    mine = confirmed(attacker, mailoutbox, "attacker@example.org")
    second = register(attacker, victim, f"{mine}another/")
    assert own_sites(attacker, mine) == own_sites(attacker, second) == []
    third = register(attacker, "attacker@example.org", f"{mine}another/")
    assert len(own_sites(attacker, third)) == 1
    changed = attacker.post(
        f"{third}change/",
        {**FORM, "email": victim, "seen": _seen(attacker, third), "camera-0-camera_id": _camera(third)},
    )
    assert changed.status_code == 302, changed.content.decode()[:2000]
    assert own_sites(attacker, third) == []
    assert own_sites(attacker, mine) == []

    # The victim asks for a link, and presses the button of every e-mail that the attacker caused.
    Link.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    client.post("/link/", {"email": victim})
    for message in mailoutbox:
        if message.to == [victim] and "/link/" in message.body:
            client.post(link_in(message))
    for page in (typed, second, third):
        assert attacker.get(page).status_code == 404, "what was begun before the proof has ended"
    assert own_sites(attacker, mine) == []
    assert Registration.objects.get(pk=own.pk).registrant_id not in set(
        Registration.objects.filter(contact__email_lookup=contacts.email_lookup("attacker@example.org")).values_list(
            "registrant_id", flat=True
        )
    )


def _seen(client: Client, page: str) -> str:
    return re.search(r'name="seen" value="([^"]+)"', client.get(f"{page}change/").content.decode())[1]


def _camera(page: str) -> str:
    return str(links.visited(page.split("/")[2]).cameras.get().pk)


def test_another_email_address_needs_its_own_proof_and_the_old_one_is_told(client, mailoutbox):
    page = confirmed(client, mailoutbox, "old@example.org")
    Link.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    client.post("/link/", {"email": "old@example.org"})
    outstanding = link_in(mailoutbox[-1])
    answer = client.post(
        f"{page}change/",
        {**FORM, "email": "new@example.org", "seen": _seen(client, page), "camera-0-camera_id": _camera(page)},
    )
    assert answer.status_code == 302
    notice, fresh = mailoutbox[-2:]
    assert (notice.to, fresh.to) == (["old@example.org"], ["new@example.org"])
    assert "replaced" in notice.subject
    assert "new@example.org" not in notice.body
    assert "/link/" not in notice.body
    assert Registration.objects.get().email_confirmed_at is None
    assert Registration.objects.get().state == "pending"
    assert client.get(outstanding).status_code == 410
    client.post(link_in(fresh))
    assert Registration.objects.get().email_confirmed_at is not None


def test_what_left_the_map_unconfirmed_comes_back_with_a_button(client, mailoutbox):
    page = confirmed(client, mailoutbox, "demo@example.org")
    registration = services.publish(Registration.objects.get())
    assert PublishedCamera.objects.filter(audience="investigator").count() == 1
    services.suspend(registration, SuspendedBecause.OVERDUE)
    assert not PublishedCamera.objects.exists()
    Registration.objects.update(confirmed_on=date(2020, 1, 1), reminded_on=date(2021, 1, 1))
    assert "brings it back" in client.get(page).content.decode()
    client.post(f"{page}keep/")
    registration.refresh_from_db()
    assert (registration.state, registration.suspended_because, registration.suspended_on) == ("published", "", None)
    assert (registration.confirmed_on, registration.reminded_on) == (timezone.now().date(), None)
    assert PublishedCamera.objects.filter(audience="investigator").count() == 1
    services.suspend(registration)
    client.post(f"{page}keep/")
    registration.refresh_from_db()
    assert registration.state == "suspended", "what staff took off the map does not come back by itself"


def test_a_visit_to_what_is_not_proved_confirms_nothing(client, mailoutbox):
    page = register(client, "demo@example.org")
    client.post(f"{page}keep/")
    assert Registration.objects.get().state == "unconfirmed"
    page = register(client, "", phone="+1 202 555 0123")
    client.post(f"{page}keep/")
    assert set(Registration.objects.values_list("state", flat=True)) == {"unconfirmed"}


def test_the_yearly_link_confirms_every_published_site_of_the_registrant(client, mailoutbox):
    page = confirmed(client, mailoutbox, "demo@example.org")
    register(client, "demo@example.org", f"{page}another/")
    first, second = Registration.objects.order_by("created_at")
    waiting = make_registration(contact=make_contact(email="demo@example.org"), confirmed_on=None).registration
    services.publish(first)
    services.publish(second)
    services.suspend(second, SuspendedBecause.OVERDUE)
    Registration.objects.filter(state__in=["published", "suspended"]).update(confirmed_on=date(2020, 1, 1))
    assert mail.send_link(first, LinkPurpose.KEEP, "http://testserver")
    client.post(link_in(mailoutbox[-1]))
    kept = Registration.objects.filter(pk__in=[first.pk, second.pk])
    assert {(each.state, each.confirmed_on) for each in kept} == {("published", timezone.now().date())}
    waiting.refresh_from_db()
    assert waiting.state == "unconfirmed", "a registration that somebody else may have typed needs a look of its own"


def test_the_page_and_the_download_show_who_saw_the_contact(client, mailoutbox):
    page = confirmed(client, mailoutbox, "demo@example.org")
    assert "Nobody so far" in client.get(page).content.decode()
    seen = ContactAccess(timezone.now() - timedelta(days=8), "a verifier", "To set the pin")

    def answer(registration, **_):
        return [seen]

    accesses_asked.connect(answer)
    try:
        shown = client.get(page).content.decode()
        copy = json.loads(client.get(f"{page}download/").content)
    finally:
        accesses_asked.disconnect(answer)
    assert "a verifier: To set the pin" in shown
    assert [each["by"] for each in copy["who_saw_the_contact"]] == ["a verifier"]


def test_a_real_mail_server_delivers_and_its_refusal_is_said_and_logged_without_the_address(client, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", False, False
    email = f"{canary('mail')}@example.org"
    caplog.set_level(logging.DEBUG)
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        mailbox.answer = f"550 no such user {email}"
        page = register(client, email)
        assert "could not be sent" in client.get(page).content.decode()
        assert Registration.objects.get().state == "unconfirmed"
        mailbox.answer = ""
        client.post(f"{page}send-again/")
        (message,) = mailbox.messages
        assert message["To"] == email
        body = message.get_content()
        assert client.post(re.search(r"(/link/\S+)", body)[1]).status_code == 302
        assert Registration.objects.get().state == "pending"
    page = register(client, email)
    assert "could not be sent" in client.get(page).content.decode(), "the server is gone"
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    assert "An e-mail was not sent" in logged
    assert email not in logged
    assert email.split("@", maxsplit=1)[0] not in logged


def test_a_message_speaks_the_language_of_the_form(client, mailoutbox):
    client.cookies["language"] = "es"
    register(client, "demo@example.org")
    assert mailoutbox[0].subject == "Confirme el registro de sus cámaras"
    assert "Phone" not in mailoutbox[0].body


def test_only_hashes_of_links_are_stored_and_withdrawal_takes_them_along(client, mailoutbox):
    page = register(client, "demo@example.org")
    secrets = {page.split("/")[2], link_in(mailoutbox[0]).split("/")[2]}
    stored = str(list(Link.objects.values()))
    assert not [secret for secret in secrets if secret in stored]
    services.withdraw(Registration.objects.get())
    assert not Link.objects.exists()
    assert not Contact.objects.exists()
    assert client.get(link_in(mailoutbox[0])).status_code == 410


def test_a_protected_address_is_in_no_feed_and_comes_back(agency):
    made = make_registration(agency, site=SiteDetails("residence", HELSINKI, "owner_placed"), published=True)
    assert PublishedCamera.objects.filter(audience="investigator").count() == 2
    services.protect(made.registration)
    assert not PublishedCamera.objects.exists()
    services.protect(made.registration, False)
    assert PublishedCamera.objects.filter(audience="investigator").count() == 2
