from django.urls import path, re_path

from accounts.views import login, organisation, people, preferences, profile, teams, tokens

urlpatterns = [
    # Login
    path("accounts/login/", login.log_in, name="account_login"),
    path("accounts/logout/", login.log_out, name="account_logout"),
    path("accounts/reauthenticate/", login.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", login.change_password, name="account_change_password"),
    path("accounts/password/reset/", login.reset_password, name="account_reset_password"),
    path(
        "accounts/password/reset/done/",
        login.reset_password_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        login.reset_password_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        login.reset_password_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/2fa/", login.second_factor, name="mfa_index"),
    path("accounts/2fa/authenticate/", login.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", login.reauthenticate_by_code, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", login.activate_totp, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", login.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/2fa/codes/", login.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/codes/generate/",
        login.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/2fa/codes/download/",
        login.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("accounts/invitation/<str:token>/", login.accept_invitation, name="accept_invitation"),
    path("preferences/", preferences.preferences, name="preferences"),
    # Settings
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/sessions/", profile.end_other_sessions, name="end_other_sessions"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/add/", people.add_person, name="add_person"),
    path("settings/people/<uuid:person_id>/", people.person, name="person"),
    path(
        "settings/people/<uuid:person_id>/deactivate/",
        people.deactivate_person,
        name="deactivate_person",
    ),
    path(
        "settings/people/<uuid:person_id>/reactivate/",
        people.reactivate_person,
        name="reactivate_person",
    ),
    path(
        "settings/people/<uuid:person_id>/invite/",
        people.renew_invitation,
        name="renew_invitation",
    ),
    path(
        "settings/people/<uuid:person_id>/sessions/",
        people.end_person_sessions,
        name="end_person_sessions",
    ),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/<uuid:team_id>/", teams.team, name="team"),
    path("settings/teams/<uuid:team_id>/delete/", teams.delete_team, name="delete_team"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/add/", tokens.add_token, name="add_token"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/audit/", organisation.audit_log, name="audit_log"),
]
