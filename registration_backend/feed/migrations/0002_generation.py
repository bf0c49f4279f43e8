from django.db import migrations, models

import feed.models


def make_the_counter(apps, schema_editor):
    """Let the generation be the same from the first reader on, also before anything is published."""
    if schema_editor.connection.alias == "default":
        apps.get_model("feed", "SequenceCounter").objects.get_or_create(pk=1)


class Migration(migrations.Migration):

    dependencies = [
        ('feed', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='sequencecounter',
            name='generation',
            field=models.CharField(default=feed.models.new_generation, max_length=32),
        ),
        migrations.RunPython(make_the_counter, migrations.RunPython.noop),
    ]
