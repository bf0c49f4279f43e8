import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registrations", "0004_fill_registrants"),
    ]

    operations = [
        migrations.AlterField(
            model_name='registration',
            name='registrant_id',
            field=models.UUIDField(db_index=True, default=uuid.uuid4, editable=False),
        ),
        migrations.RemoveField(
            model_name='registration',
            name='manage_token_hash',
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), models.Q(('confirmed_on__isnull', False), ('consented_at__isnull', False), ('site__isnull', False)), _connector='OR'), name='registration_published_has_place_consent_and_confirmation'),
        ),
    ]
