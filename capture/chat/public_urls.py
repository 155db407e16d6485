from django.urls import path

from capture.chat.views import public

urlpatterns = [
    path("chat.js", public.chat_script, name="chat_script"),
    path("chat/<uuid:public_id>/", public.chat_page, name="public_chat"),
    path("chat/<uuid:public_id>/bot.json", public.chat_bot, name="public_chat_bot"),
    path("chat/<uuid:public_id>/open/", public.chat_open, name="public_chat_open"),
    path("chat/<uuid:public_id>/say/", public.chat_say, name="public_chat_say"),
    path("chat/<uuid:public_id>/talks/<uuid:talk>/", public.chat_look, name="public_chat_look"),
]
