from django.db import migrations, models

from disclosure.address_keys import number_key, street_key

BATCH = 5_000


def fill_keys(apps, schema_editor):
    """Compute the keys of the addresses that were loaded before there were any."""
    table = schema_editor.quote_name(apps.get_model("disclosure", "Address")._meta.db_table)
    rows = apps.get_model("disclosure", "Address").objects.values_list("pk", "street", "number").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1][0]
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET street_key = %s, number_key = %s WHERE id = %s",
                [(street_key(street), number_key(number), pk) for pk, street, number in batch],
            )


class Migration(migrations.Migration):

    dependencies = [
        ('disclosure', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='address',
            name='street_key',
            field=models.CharField(blank=True, default='', editable=False, max_length=160),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='address',
            name='number_key',
            field=models.CharField(blank=True, default='', editable=False, max_length=30),
            preserve_default=False,
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='address',
            index=models.Index(fields=['agency', 'street_key', 'number_key'], name='address_by_street', opclasses=['int8_ops', 'varchar_pattern_ops', 'varchar_pattern_ops']),
        ),
    ]
