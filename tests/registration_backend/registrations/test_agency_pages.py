"""An agency words its own pages; a consent keeps the words that it was given to; messages reach the agency only."""

from __future__ import annotations

import hashlib

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import translation

from registrations import agency_pages
from registrations.enumerations import PageKind
from registrations.models import AgencyPage, Registration
from registrations.promise import CONSENT_VERSION, WORDINGS
from registrations.services import Consent

from .factories import canary, make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SPANISH = {"Accept-Language": "es"}
FORM = {
    "name": "A Person",
    "phone": "+358 40 1234567",
    "address": "Example street 1",
    "consent": "on",
    "camera-TOTAL_FORMS": "1",
    "camera-INITIAL_FORMS": "0",
}
KINDS = ["promise", "faq", "guidance", "contact"]


@pytest.fixture(autouse=True)
def english_afterwards():
    with translation.override("en"):
        yield


@pytest.fixture
def agency():
    return make_agency(public_email="cameras@example.org", public_phone="+1 202 555 0100", public_address="1 Main St")


@pytest.fixture(autouse=True)
def own_counts(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def write(agency, text: str, kind: str = "promise", language: str = "en") -> AgencyPage:
    version = AgencyPage.objects.filter(agency=agency, kind=kind, language=language).count() + 1
    return AgencyPage.objects.create(agency=agency, kind=kind, language=language, version=version, body=text)


def text_of(response) -> str:
    return response.content.decode()


def test_the_words_of_a_version_never_change():
    """Whoever changes a sentence adds a version: consents refer to this one."""
    digests = {}
    for language in ("en", "es"):
        digests[language] = hashlib.sha256(agency_pages.wording("2026-1", language).text.encode()).hexdigest()[:16]
    assert digests == {"en": "1745c856e910b41b", "es": "a605a2aa149755be"}
    assert CONSENT_VERSION in WORDINGS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_without_a_wording_of_its_own_an_agency_shows_the_built_in_text(client, agency, kind, language):
    answer = client.get(f"/about/HEL/{kind}/", headers={"Accept-Language": language})
    page = agency_pages.page_of(agency, PageKind(kind), language)
    assert (answer.status_code, page.language) == (200, language)
    assert page.html in text_of(answer)
    assert len(page.text) > 300
    assert text_of(answer).count("<h1>") == 1


def test_the_built_in_answers_say_what_an_honest_agency_says(client, agency):
    said = " ".join(agency_pages.page_of(None, PageKind.FAQ, "en").text.split())
    for sentence in ("No. It is voluntary", "No, never.", "The law of your state may require", "at most 24 hours"):
        assert sentence in said


def test_the_newest_wording_is_shown_and_earlier_ones_stay_readable(client, agency):
    write(agency, "First **words**")
    write(agency, "Second words")
    assert "<p>Second words</p>" in text_of(client.get("/about/HEL/promise/"))
    assert agency_pages.consent_version(agency, "en") == "HEL-promise-en-2"
    assert agency_pages.wording("HEL-promise-en-1").text == "First **words**"
    assert agency_pages.wording("HEL-promise-en-3") is None
    assert agency_pages.wording("imported list") is None
    assert agency_pages.wording("HEL-faq-en-1") is None


def test_an_agency_that_wrote_in_one_language_is_shown_in_that_one_and_the_page_says_so(client, agency):
    write(agency, "Only English", "faq")
    spanish = text_of(client.get("/about/HEL/faq/", headers=SPANISH))
    assert "<p>Only English</p>" in spanish
    assert 'lang="en"' in spanish
    assert "solo en este idioma: English" in spanish
    assert "solo en este idioma" not in text_of(Client().get("/about/HEL/promise/", headers=SPANISH))


def test_an_emptied_wording_puts_the_built_in_text_back(agency):
    write(agency, "Own words", "faq")
    write(agency, "", "faq")
    assert agency_pages.page_of(agency, PageKind.FAQ, "en").version == agency_pages.BUILT_IN


def test_pages_that_do_not_exist_are_not_found(client, agency):
    for address in ("/about/XXX/faq/", "/about/HEL/secret/", "/about/HEL/FAQ/", "/about/%3Cb%3E/faq/"):
        assert client.get(address).status_code == 404
    assert client.post("/about/HEL/faq/").status_code == 405


def test_every_page_links_to_the_agencys_pages(client, agency):
    made = make_registration(agency)
    for address in ("/", "/register/", f"/registration/{made.token}/", "/about/HEL/faq/"):
        page = text_of(client.get(address))
        for kind in KINDS:
            assert f'href="/about/HEL/{kind}/"' in page, (address, kind)
    make_agency("ESP")
    assert "/about/HEL" not in text_of(client.get("/")), "of several agencies none speaks for all"


def test_a_consent_keeps_the_version_that_was_shown(client, agency):
    assert client.post("/register/", {**FORM, "promise_version": CONSENT_VERSION}).status_code == 302
    write(agency, "Own **promise**")
    page = client.get("/register/")
    assert "<p>Own <strong>promise</strong></p>" in text_of(page)
    assert 'name="promise_version" value="HEL-promise-en-1"' in text_of(page)
    assert client.post("/register/", {**FORM, "promise_version": "HEL-promise-en-1"}).status_code == 302
    versions = Registration.objects.order_by("created_at").values_list("consent_version", flat=True)
    assert list(versions) == [CONSENT_VERSION, "HEL-promise-en-1"]


@pytest.mark.parametrize("shown", [{}, {"promise_version": CONSENT_VERSION}, {"promise_version": "x" * 5000}])
def test_a_promise_that_changed_meanwhile_is_asked_again_and_what_was_typed_is_kept(client, agency, shown):
    write(agency, "Other words now")
    answer = client.post("/register/", {**FORM, **shown})
    page = text_of(answer)
    assert answer.status_code == 422
    assert not Registration.objects.exists()
    assert "The promise was worded anew" in page
    assert 'id="id_consent_error"' in page
    assert 'value="Example street 1"' in page
    assert 'value="HEL-promise-en-1"' in page
    assert not answer.context["form"]["consent"].value(), "the tick was for other words"
    again = {**FORM, "promise_version": "HEL-promise-en-1"}
    assert client.post("/register/", {**again, "consent": ""}).status_code == 422
    assert client.post("/register/", again).status_code == 302


def test_a_button_that_only_adds_a_camera_does_not_carry_a_tick_over_to_other_words(client, agency):
    seen = {**FORM, "promise_version": CONSENT_VERSION, "add_camera": "1"}
    assert client.post("/register/", seen).context["form"]["consent"].value()
    write(agency, "Other words now")
    assert not client.post("/register/", seen).context["form"]["consent"].value()


def test_the_registrant_reads_the_words_that_were_agreed_to(client, agency):
    write(agency, "First words")
    consent = Consent("HEL-promise-en-1", make_registration(agency).registration.consented_at)
    made = make_registration(agency, consent=consent)
    address = f"/registration/{made.token}/"
    assert "How the agency words" not in text_of(client.get(address))
    write(agency, "Second words")
    agency.code = "NEW"
    agency.save()
    page = text_of(client.get(address))
    assert "<p>First words</p>" in page
    assert "Second words" not in page
    assert 'href="/about/NEW/promise/"' in page
    on_paper = make_registration(agency, consent=Consent("paper form 3", consent.given_at))
    assert "“paper form 3”" in text_of(client.get(f"/registration/{on_paper.token}/"))


def test_a_message_goes_to_the_agency_and_nowhere_else(client, agency):
    typed = {"message": "Two\r\nlines ñ", "name": "A Person", "email": "person@example.org"}
    answer = client.post("/about/HEL/contact/", typed)
    assert answer["Location"] == "/about/HEL/contact/?sent"
    assert "on its way" in text_of(client.get(answer["Location"]))
    (sent,) = outbox.outbox
    assert (sent.to, sent.cc, sent.bcc, sent.reply_to) == (["cameras@example.org"], [], [], ["person@example.org"])
    assert "Two\nlines ñ" in sent.body
    assert "A Person" in sent.body
    assert "Two" not in sent.subject
    client.post("/about/HEL/contact/", {"message": "Anonymous & <b>"})
    assert outbox.outbox[1].reply_to == []
    assert "Anonymous & <b>" in outbox.outbox[1].body


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"message": ""}, "id_message"),
        ({"message": "x" * 2001}, "id_message"),
        ({"message": "a\x00b"}, "id_message"),
        ({"message": "ok", "email": "a@b.org\r\nBcc: victim@example.org"}, "id_email"),
        ({"message": "ok", "email": "a@b.org, victim@example.org"}, "id_email"),
        ({"message": "ok", "name": "A\r\nBcc: victim@example.org"}, "id_name"),
        ({"message": "ok", "name": "a\u202eb"}, "id_name"),
    ],
)
def test_a_bad_message_is_refused_at_its_field_and_kept(client, agency, typed, field):
    answer = client.post("/about/HEL/contact/", {"name": "Kept Name", **typed})
    assert answer.status_code == 422
    assert f'id="{field}_error"' in text_of(answer)
    assert ("Kept Name" in text_of(answer)) == ("name" not in typed)
    assert outbox.outbox == []


def test_what_is_typed_into_the_body_makes_no_header(client, agency):
    client.post(
        "/about/HEL/contact/", {"message": "Bcc: victim@example.org\nSubject: x\n\n.\nQUIT", "name": "Subject: y"}
    )
    message = outbox.outbox[0].message()
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"
    }  # fmt: skip
    assert message["Subject"] == "Message from the camera registration page"


def test_a_failed_mail_server_is_said_and_the_message_is_kept_but_in_no_log(client, agency, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    secret = canary("message")
    answer = client.post("/about/HEL/contact/", {"message": secret, "email": f"{secret}@example.org"})
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert "was not sent" in text_of(answer)
    assert f"{secret}</textarea>" in text_of(answer)
    assert "An e-mail was not sent" in caplog.text
    assert secret not in caplog.text


def test_an_agencys_mailbox_is_not_flooded(client, agency, settings, tmp_path):
    settings.CONTACT_MESSAGES_AN_HOUR = 3
    answers = [client.post("/about/HEL/contact/", {"message": f"number {n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert "Too many messages" in text_of(answers[4])
    assert "number 4" in text_of(answers[4])
    assert len(outbox.outbox) == 3
    (count,) = (tmp_path / "hourly").iterdir()
    count.rename(count.with_name(f"{count.name[:-10]}2020010100"))
    assert client.post("/about/HEL/contact/", {"message": "an hour later"}).status_code == 302
    assert len(list((tmp_path / "hourly").iterdir())) == 1


def test_without_a_public_address_there_is_no_form(client):
    make_agency()
    assert "<textarea" not in text_of(client.get("/about/HEL/contact/"))
    assert client.post("/about/HEL/contact/", {"message": "x"}).status_code == 404
    assert outbox.outbox == []


def test_a_message_is_kept_when_the_language_is_switched_or_the_cookie_is_gone(client, agency):
    switched = client.post("/about/HEL/contact/", {"message": "Kept words", "language": "es"})
    assert "Kept words</textarea>" in text_of(switched)
    assert "Su mensaje" in text_of(switched)
    stale = Client(enforce_csrf_checks=True).post("/about/HEL/contact/", {"message": "Kept words"})
    assert stale.status_code == 403
    assert "Kept words</textarea>" in text_of(stale)
    assert outbox.outbox == []
