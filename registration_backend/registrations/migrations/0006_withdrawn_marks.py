import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from registrations.marks import row_mark


def turn_withdrawn_rows_into_marks(apps, schema_editor):
    """Rows without a registration are what older withdrawals left. Their day is unknown: today is the latest."""
    database = schema_editor.connection.alias
    rows = apps.get_model("registrations", "ImportedRow").objects.using(database).filter(registration=None)
    mark = apps.get_model("registrations", "WithdrawnMark")
    today = timezone.now().date()
    mark.objects.using(database).bulk_create(
        mark(mark_hash=row_mark(source_hash), kind="row", withdrawn_on=today)
        for source_hash in rows.values_list("source_hash", flat=True)
    )
    rows.delete()


class Migration(migrations.Migration):

    dependencies = [
        ("registrations", "0005_require_registrants"),
    ]

    operations = [
        migrations.CreateModel(
            name="WithdrawnMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark_hash", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(choices=[("row", "Row"), ("address", "Address")], max_length=8)),
                ("withdrawn_on", models.DateField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["row", "address"])), name="withdrawnmark_kind_is_a_code"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="importedrow",
            name="list_hash",
            field=models.CharField(blank=True, db_index=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="importedrow",
            name="address_lookup",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        # There is no way back: a mark does not say which row it was.
        migrations.RunPython(turn_withdrawn_rows_into_marks),
        migrations.AlterField(
            model_name="importedrow",
            name="registration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registrations.registration"
            ),
        ),
    ]
