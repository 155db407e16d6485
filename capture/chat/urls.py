from django.urls import path

from capture.chat.views import settings, talks

urlpatterns = [
    path("chats/", talks.chat_list, name="chat_list"),
    path("chats/pulse/", talks.chat_list_pulse, name="chat_list_pulse"),
    path("chats/bell/", talks.chat_bell, name="chat_bell"),
    path("chats/beat/", talks.chat_beat, name="chat_beat"),
    path("chats/there/", talks.chat_there, name="chat_there"),
    path("chats/<uuid:public_id>/", talks.chat_detail, name="chat_detail"),
    path("chats/<uuid:public_id>/pulse/", talks.chat_pulse, name="chat_pulse"),
    path("chats/<uuid:public_id>/talk/", talks.chat_talk, name="chat_talk"),
    path("chats/<uuid:public_id>/take/", talks.take_talk, name="take_talk"),
    path("chats/<uuid:public_id>/reply/", talks.reply_talk, name="reply_talk"),
    path("chats/<uuid:public_id>/end/", talks.end_talk, name="end_talk"),
    path("chats/<uuid:public_id>/transfer/", talks.transfer_talk, name="transfer_talk"),
    path("capture/chat/", settings.chat_settings, name="chat_settings"),
    path("capture/chat/answers/new/", settings.snippet_edit, name="snippet_create"),
    path("capture/chat/answers/<uuid:public_id>/", settings.snippet_edit, name="snippet_edit"),
    path(
        "capture/chat/answers/<uuid:public_id>/delete/",
        settings.snippet_delete,
        name="snippet_delete",
    ),
]
