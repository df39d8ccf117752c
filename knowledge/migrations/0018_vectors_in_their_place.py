"""A vector of the space to come is sealed for its chunk from the beginning, under its id.

Those that wait now are made anew by the jobs that made them.
"""

from django.db import migrations, models
from django.db.models import F, Q

import askorac.sealing.fields


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0017_sources_only_sealed")]

    operations = [
        migrations.RunSQL("TRUNCATE knowledge_upcomingvector", migrations.RunSQL.noop),
        migrations.AlterField(
            "UpcomingVector",
            "vector",
            askorac.sealing.fields.SealedBytesField(purpose="knowledge.chunk.vector"),
        ),
        migrations.AddConstraint(
            "UpcomingVector",
            models.CheckConstraint(condition=Q(id=F("chunk")), name="upcoming_vector_is_a_chunks"),
        ),
    ]
