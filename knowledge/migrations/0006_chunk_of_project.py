from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0005_joints")]

    operations = [
        migrations.RemoveIndex("Chunk", "chunk_of_project"),
        migrations.AddIndex(
            "Chunk",
            models.Index(
                fields=["project_id", "is_live", "organization_id"], name="chunk_of_project"
            ),
        ),
    ]
