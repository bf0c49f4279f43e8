from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("registrations", "0006_withdrawn_marks"),
    ]

    operations = [
        migrations.CreateModel(
            name="JournalPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("length", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
            ],
        ),
    ]
