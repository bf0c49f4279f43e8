"""A registrant changes anything at any time, in one window or two, and takes a copy of everything held."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from feed.models import PublishedCamera
from registrations import contacts, keystore, services, stored_form
from registrations.models import Camera, Registration, RegistrationKey
from registrations.services import CameraDetails
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import HELSINKI, canary, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CAMERA = CameraDetails(
    mount="exterior",
    camera_type="dome",
    area_viewed=("street", "parking"),
    direction_deg=112.5,
    field_of_view_deg=90.25,
    range_m=12.5,
    retention_hours=336.0,
    recording="motion",
    resolution="1080p",
    night_vision="yes",
    audio="no",
)


@pytest.fixture
def registered():
    return make_registration(cameras=[CAMERA, CameraDetails(retention_hours=30.0)], published=True, confirmed_on=None)


def page_of(registered, what: str = "change/") -> str:
    return f"/registration/{registered.token}/{what}"


def typed_in(form, prefix: str = "") -> dict[str, object]:
    """Return the values of a form as a browser sends them: nothing for boxes without a tick."""
    values = {(prefix + field.name if prefix else field.html_name): field.value() for field in form}
    return {name: "" if value is None else value for name, value in values.items()}


def form_of(client, registered) -> dict[str, object]:
    """Return what a browser would send if its owner pressed the button and touched nothing."""
    context = client.get(page_of(registered)).context
    sent: dict[str, object] = {"seen": context["seen"], "register": "1"}
    sent |= {"camera-TOTAL_FORMS": len(context["cameras"].forms), "camera-INITIAL_FORMS": 0}
    for form in [context["form"], *context["cameras"].forms]:
        sent |= typed_in(form)
    return sent


def everything(registration: Registration) -> tuple:
    row = Registration.objects.filter(pk=registration.pk).values().get()
    del row["updated_on"]
    return row, list(registration.cameras.values()), vars(contacts.read(registration))


def test_opening_the_form_and_sending_it_untouched_changes_nothing(client, registered):
    before = everything(registered.registration)
    rows = list(PublishedCamera.objects.order_by("pk").values())
    answer = client.post(page_of(registered), form_of(client, registered))
    assert answer["Location"].endswith("?changed")
    assert everything(registered.registration) == before
    assert list(PublishedCamera.objects.order_by("pk").values()) == rows


def test_anything_can_be_changed_and_the_feed_follows(client, registered):
    sent = form_of(client, registered)
    sent |= {
        "phone": "+1 202 555 0177",
        "latitude": "60.1712345",
        "camera-0-direction": "NE",
        "camera-1-mount": "interior",
    }
    client.post(page_of(registered), sent)
    registration = Registration.objects.get()
    assert contacts.read(registration).phone == "+1 202 555 0177"
    assert (registration.site.x, registration.site.y) == (HELSINKI[0], 60.1712345)
    assert registration.site_source == "owner_placed"
    cameras = list(registration.cameras.all())
    assert [camera.pk for camera in cameras] == [camera.pk for camera in registered.cameras]
    assert (cameras[0].direction_deg, cameras[0].camera_type, cameras[1].mount) == (45.0, "dome", "interior")
    row = PublishedCamera.objects.get(camera_id=cameras[0].pk, audience="investigator")
    assert json.loads(row.document)["properties"]["direction_deg"] == 45.0
    assert row.latitude == 60.1712345


def test_a_pin_that_staff_set_stays_theirs_while_it_is_not_moved(client, registered):
    services.place(registered.registration, (24.94, 60.17))
    client.post(page_of(registered), {**form_of(client, registered), "phone": "+1 202 555 0188"})
    assert Registration.objects.get().site_source == "staff_verified"


def test_the_own_position_of_a_camera_survives_a_change_of_its_other_answers(client):
    registered = make_registration(cameras=[CameraDetails(position=(24.95, 60.18), position_source="geocoded")])
    client.post(page_of(registered), {**form_of(client, registered), "camera-0-mount": "interior"})
    camera = Camera.objects.get()
    assert (camera.mount, camera.position.coords, camera.position_source) == ("interior", (24.95, 60.18), "geocoded")


def test_cameras_are_added_copied_and_removed(client, registered):
    sent = form_of(client, registered)
    page = client.post(page_of(registered), {**sent, "copy_camera": "1"})
    third = page.context["cameras"].forms[2]
    assert third["camera_id"].value() == ""
    sent |= typed_in(third) | {"camera-TOTAL_FORMS": 3}
    client.post(page_of(registered), sent)
    assert [camera.retention_hours for camera in Camera.objects.all()] == [336.0, 30.0, 30.0]
    sent = form_of(client, registered)
    page = client.post(page_of(registered), {**sent, "remove_camera": "0"})
    left = {"camera-TOTAL_FORMS": 2}
    for number, form in enumerate(page.context["cameras"].forms):
        left |= typed_in(form, f"camera-{number}-")
    client.post(page_of(registered), {**sent, **left})
    assert Camera.objects.count() == 2
    assert not Camera.objects.filter(pk=registered.cameras[0].pk).exists()
    assert not PublishedCamera.objects.filter(camera_id=registered.cameras[0].pk).exists()


def test_of_two_windows_the_second_is_told_and_keeps_what_was_typed(client, registered):
    first, second = form_of(client, registered), form_of(client, registered)
    client.post(page_of(registered), {**first, "phone": "+1 202 555 0101"})
    answer = client.post(page_of(registered), {**second, "phone": "+1 202 555 0202"})
    assert answer.status_code == 409
    assert "changed in another window" in answer.content.decode()
    assert answer.context["form"]["phone"].value() == "+1 202 555 0202"
    assert contacts.read(registered.registration).phone == "+1 202 555 0101"
    client.post(page_of(registered), {**second, "phone": "+1 202 555 0202", "seen": answer.context["seen"]})
    assert contacts.read(registered.registration).phone == "+1 202 555 0202"


def test_a_camera_that_the_other_window_removed_is_not_lost_from_this_one(client, registered):
    second = form_of(client, registered)
    services.change(registered.registration, removed_cameras=[registered.cameras[0].pk])
    answer = client.post(page_of(registered), second)
    assert answer.status_code == 409
    ids = [form["camera_id"].value() for form in answer.context["cameras"].forms]
    assert ids == ["", str(registered.cameras[1].pk)]


def test_a_mistake_is_named_at_its_field_and_what_was_typed_stays(client, registered):
    before = everything(registered.registration)
    answer = client.post(
        page_of(registered), {**form_of(client, registered), "name": "", "camera-1-direction": "leftish"}
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]
    assert answer.context["cameras"].forms[1]["direction"].value() == "leftish"
    assert everything(registered.registration) == before


def test_the_language_can_be_switched_in_the_middle_of_a_change(client, registered):
    sent = form_of(client, registered)
    answer = client.post(page_of(registered), {**sent, "phone": "+1 202 555 0144", "language": "es"})
    assert "Guardar los cambios" in answer.content.decode()
    assert (answer.context["form"]["phone"].value(), answer.context["seen"]) == ("+1 202 555 0144", sent["seen"])
    assert len(answer.context["cameras"].forms) == 2
    assert contacts.read(registered.registration).phone != "+1 202 555 0144"


def test_a_published_registration_keeps_its_pin(client, registered):
    answer = client.post(page_of(registered), {**form_of(client, registered), "latitude": "", "longitude": ""})
    assert answer.status_code == 422
    assert Registration.objects.get().site is not None


@pytest.mark.parametrize("of", ["another", "nobody", "twice"])
def test_a_forged_camera_id_changes_nothing(client, registered, of):
    other = make_registration(contact=make_contact())
    forged = {"another": other.cameras[0].pk, "nobody": uuid.uuid4(), "twice": registered.cameras[1].pk}[of]
    before = everything(registered.registration), everything(other.registration)
    answer = client.post(page_of(registered), {**form_of(client, registered), "camera-0-camera_id": str(forged)})
    assert answer.status_code == 422
    assert (everything(registered.registration), everything(other.registration)) == before


def test_a_registration_cannot_lose_its_last_camera(registered):
    with pytest.raises(services.NotAllowed, match="1 to 100"):
        services.change(registered.registration, removed_cameras=[camera.pk for camera in registered.cameras])
    assert Camera.objects.count() == 2


def test_without_its_key_a_contact_cannot_be_changed_but_the_page_says_so(client, registered):
    RegistrationKey.objects.all().delete()
    answer = client.get(page_of(registered), follow=True)
    assert "cannot be read any more" in answer.content.decode()
    assert "Change this registration" not in answer.content.decode()
    assert json.loads(client.get(page_of(registered, "download/")).content)["contact"] is None


def test_the_download_holds_everything_and_no_cache_keeps_it(client, registered):
    answer = client.get(page_of(registered, "download/"))
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment")
    copy = json.loads(answer.content)
    assert copy["contact"] == vars(contacts.read(registered.registration))
    assert copy["pin"] == {"longitude": HELSINKI[0], "latitude": HELSINKI[1]}
    assert copy["consent"]["wording"] == "2026-1"
    assert {name: copy["cameras"][0][name] for name in ("direction_deg", "area_viewed", "audio")} == {
        "direction_deg": 112.5,
        "area_viewed": ["street", "parking"],
        "audio": "no",
    }


@pytest.mark.parametrize("what", ["change/", "download/"])
def test_a_stranger_and_a_former_registrant_find_nothing(client, registered, what):
    assert client.get(f"/registration/{canary('x')}/{what}").status_code == 404
    services.withdraw(registered.registration)
    assert client.get(page_of(registered, what)).status_code == 404
    assert client.post(page_of(registered), {"name": "x"}).status_code == 404


def test_the_fingerprint_tells_every_stored_answer_apart(registered):
    before = stored_form.fingerprint(registered.registration)
    details = contacts.ContactDetails(name=canary("Name"))
    contacts.write(registered.registration, details, keystore.read_key(registered.registration.pk))
    after = stored_form.fingerprint(registered.registration)
    Camera.objects.filter(pk=registered.cameras[0].pk).update(audio="yes")
    assert len({before, after, stored_form.fingerprint(registered.registration)}) == 3
    assert re.fullmatch("[0-9a-f]{64}", before)


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["\x00", "\u202e", "=1+1", "[% 1 %]", "<img src=x>", "nan", "1e999", "-1", str(uuid.UUID(int=1))]),
)


@hypothesis_settings(max_examples=proof_count(2_000))
@given(data=st.data())
def test_whatever_arrives_is_answered_and_a_refusal_changes_nothing(client, data):
    registered = make_registration(cameras=[CAMERA])
    sent = form_of(client, registered)
    names = data.draw(st.lists(st.sampled_from([*sent, "add_camera", "copy_camera", "remove_camera"]), max_size=4))
    before = everything(registered.registration)
    answer = client.post(page_of(registered), {**sent, **{name: data.draw(HOSTILE) for name in names}})
    assert answer.status_code in {200, 302, 409, 422}
    if answer.status_code != 302:
        assert everything(registered.registration) == before
    services.withdraw(registered.registration)
