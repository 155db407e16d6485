from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.action import writing
from capture.models import Page
from leadcrm.demo.story.campaigns import credit_campaigns
from leadcrm.demo.story.chats import play_chats
from leadcrm.demo.story.events import tell_events
from leadcrm.demo.story.guard import guard_doors
from leadcrm.demo.story.lifecycle import tell_information
from leadcrm.demo.story.mails import forget_alerts, start_sequence
from leadcrm.demo.story.meetings import fill_diaries
from leadcrm.demo.story.networks import play_networks
from leadcrm.demo.story.posts import tell_posts
from leadcrm.demo.story.rehearsal import try_on_past
from leadcrm.demo.story.segments import tell_segments
from leadcrm.demo.story.stage_set import NARRATOR, build_scenery
from leadcrm.demo.story.year import WEEKS, Year
from leadcrm.logs import only_errors
from leads.models import Lead


class Command(BaseCommand):
    help = "Fill an empty installation with an invented company and a year of its leads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=int, default=settings.DEMO_LEADS)
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        if Lead.objects.exists():
            raise CommandError("There are leads already; the sample data needs an empty database.")
        now = timezone.now().replace(microsecond=0)
        start = now - timedelta(weeks=WEEKS, days=1)
        with only_errors(), transaction.atomic(), writing("load_demo"):
            scenery = build_scenery(as_of=start, by=NARRATOR)
            Year(scenery, until=now, count=options["leads"], seed=options["seed"]).tell()
            credit_campaigns(by=NARRATOR, until=now)
            tell_events(by=NARRATOR, until=now)
            play_networks(by=NARRATOR, until=now)
            play_chats(by=NARRATOR, until=now)
            tell_posts(by=NARRATOR, until=now, seed=options["seed"])
            guard_doors(
                scenery.contact_form,
                scenery.newsletter_form,
                by=NARRATOR,
                marketer=scenery.actor("marketing"),
                until=now,
            )
            tell_segments(by=NARRATOR, marketer=scenery.actor("marketing"), until=now)
            fill_diaries(scenery, until=now)
            tell_information(by=scenery.actor("marketing"), until=now)
            forget_alerts(scenery)
            try_on_past(scenery, until=now)
            start_sequence(by=scenery.actor("marketing"), as_of=now)
            # Those, too, that were seen in a talk or a form.
            Page.objects.update(is_sample=True)
        self.stdout.write(f"{Lead.objects.count()} leads with a year of history")
