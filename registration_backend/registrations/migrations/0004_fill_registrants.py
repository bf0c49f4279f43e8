import uuid
from datetime import timedelta

from django.db import migrations
from django.db.models.functions import TruncDate
from django.utils import timezone

OLD_LINKS_LAST = timedelta(days=90)


def _rows(apps, schema_editor, name):
    return apps.get_model("registrations", name).objects.using(schema_editor.connection.alias)


def give_each_a_registrant(apps, schema_editor):
    """Until now every registration had a registrant of its own."""
    registrations = _rows(apps, schema_editor, "Registration")
    for pk in registrations.values_list("pk", flat=True):
        registrations.filter(pk=pk).update(registrant_id=uuid.uuid4())


def confirm_what_is_published(apps, schema_editor):
    """What staff published before was confirmed by the consent that it rests on."""
    published = _rows(apps, schema_editor, "Registration").filter(state="published", confirmed_on=None)
    published.update(confirmed_on=TruncDate("consented_at"))


def keep_links_for_a_while(apps, schema_editor):
    """Links were valid for ever; those that people hold go on working until they can ask for a fresh one."""
    link_model = apps.get_model("registrations", "Link")
    now = timezone.now()
    with_link = _rows(apps, schema_editor, "Registration").filter(origin="web").exclude(manage_token_hash=None)
    _rows(apps, schema_editor, "Link").bulk_create(
        [
            link_model(
                registration_id=pk, purpose="visit", token_hash=token, created_at=now, expires_at=now + OLD_LINKS_LAST
            )
            for pk, token in with_link.values_list("pk", "manage_token_hash")
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    """On its own: PostgreSQL alters no table within the transaction that wrote its rows."""

    dependencies = [
        ("registrations", "0003_registrants"),
    ]

    operations = [
        migrations.RunPython(give_each_a_registrant, migrations.RunPython.noop),
        migrations.RunPython(confirm_what_is_published, migrations.RunPython.noop),
        migrations.RunPython(keep_links_for_a_while, migrations.RunPython.noop),
    ]
