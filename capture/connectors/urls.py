from django.urls import path

from capture.connectors.views import connections, events, profiles

_ONE = "<uuid:public_id>"

urlpatterns = [
    path("", connections.connection_list, name="connection_list"),
    path("new/", connections.connection_create, name="connection_create"),
    path(f"{_ONE}/", connections.connection_detail, name="connection_detail"),
    path(f"{_ONE}/settings/", connections.connection_settings, name="connection_settings"),
    path(f"{_ONE}/fields/", connections.connection_fields, name="connection_fields"),
    path(f"{_ONE}/test/", connections.send_test, name="test_connection"),
    path(f"{_ONE}/fetch/", connections.fetch_missed_leads, name="fetch_missed_leads"),
    path(f"{_ONE}/read/", connections.read_mailbox_now, name="read_mailbox"),
    path(f"{_ONE}/secrets/", connections.renew_connection_secrets, name="renew_secrets"),
    path(f"{_ONE}/remove/", connections.remove_connection, name="remove_connection"),
    path(f"{_ONE}/events/", events.connection_events, name="connection_events"),
    path(f"{_ONE}/events/replay/", events.replay_hook_events, name="replay_hook_events"),
    path(f"{_ONE}/events/discard/", events.discard_hook_events, name="discard_hook_events"),
    path(f"events/{_ONE}/", events.hook_event, name="hook_event"),
    path(f"events/{_ONE}/files/<int:number>/", events.mail_attachment, name="mail_attachment"),
    path(f"events/{_ONE}/replay/", events.replay_hook_event, name="replay_hook_event"),
    path("people/", profiles.profile_list, name="profile_list"),
    path(f"people/{_ONE}/", profiles.profile_detail, name="profile_detail"),
]
