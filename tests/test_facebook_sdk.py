"""facebook-sdk, a client of the general Graph API in wide use, does what an ISV's server does after a sign-up: nothing in it knows WhatsApp or Callport.

It sends forms with JSON as text, its token in query or form, and a version that the platform ended long ago; each is published behaviour of Graph.
"""

import json
import urllib.parse

import facebook
import pytest

from sign_up_owner import Owner

BACK = "https://isv.example/back"
APP, SECRET = "1001", "test_app_secret"
CALLING = {
    "status": "ENABLED",
    "call_icon_visibility": "DISABLE_ALL",
    "callback_permission_status": "ENABLED",
    "call_icons": {"restrict_to_user_countries": ["ID", "BR"]},
    "call_hours": {
        "status": "ENABLED",
        "timezone_id": "Asia/Jakarta",
        "weekly_operating_hours": [{"day_of_week": "MONDAY", "open_time": "0800", "close_time": "1200"}],
        "holiday_schedule": [{"date": "2099-01-01", "start_time": "0000", "end_time": "2359"}],
    },
    "audio": {"additional_codecs": ["PCMA"]},
}


@pytest.fixture
def graph(platform, monkeypatch):
    one = platform("http://127.0.0.1:9/nobody")
    monkeypatch.setattr(facebook, "FACEBOOK_GRAPH_URL", f"{one.public}/")
    return one


def test_it_sets_every_setting_and_reads_it_back(graph):
    sdk = facebook.GraphAPI("EAAtest", version="3.1")
    assert sdk.put_object("4001", "settings", calling=json.dumps(CALLING)) == {"success": True}
    calling = sdk.get_connections("4001", "settings")["calling"]
    assert {name: calling[name] for name in CALLING} == CALLING
    account = sdk.get_object("2001", fields="name,phone_numbers.limit(1){verified_name,display_phone_number}")
    assert account["phone_numbers"]["data"][0]["verified_name"] == "Acme Repairs"
    with pytest.raises(facebook.GraphAPIError) as refused:
        sdk.put_object("4001", "settings", calling=json.dumps({"status": "PERHAPS"}))
    assert refused.value.code == 100
    assert sdk.delete_object("2001/subscribed_apps")["success"]
    assert sdk.get_connections("2001", "subscribed_apps") == {"data": []}


def test_it_goes_on_where_a_sign_up_ended(graph):
    graph.admin("PUT", f"/sign-up/clients/{APP}", {"origins": ["https://isv.example"]})
    query = urllib.parse.urlencode({"client_id": APP, "redirect_uri": BACK, "state": "s1", "response_type": "code"})
    back = urllib.parse.urlsplit(Owner(graph).signs_up(f"/dialog/oauth?{query}"))
    query = dict(urllib.parse.parse_qsl(back.query))
    assert (f"{back.scheme}://{back.netloc}{back.path}", query["state"]) == (BACK, "s1")

    sdk = facebook.GraphAPI(version="3.1")
    token = sdk.get_access_token_from_code(query["code"], BACK, APP, SECRET)["access_token"]
    with pytest.raises(facebook.GraphAPIError):
        sdk.get_access_token_from_code(query["code"], BACK, APP, SECRET)
    granted = sdk.debug_access_token(token, APP, SECRET)["data"]["granular_scopes"]
    [waba] = {target for scope in granted for target in scope["target_ids"]}

    own = facebook.GraphAPI(token, version="3.1")
    assert own.put_object(waba, "subscribed_apps", messaging_product="whatsapp") == {"success": True}
    number = own.put_object(waba, "phone_numbers", cc="62", phone_number="81255507777", verified_name="Kopi")["id"]
    own.put_object(number, "request_code", code_method="SMS", language="en_US")
    code = graph.admin("GET", f"/numbers/{number}/registration")["code"]["code"]
    own.put_object(number, "verify_code", code=code)
    assert own.put_object(number, "register", messaging_product="whatsapp", pin="482913") == {"success": True}
    assert own.put_object(number, "settings", calling=json.dumps({"status": "ENABLED"})) == {"success": True}
    assert own.get_connections(number, "settings")["calling"]["status"] == "ENABLED"
    node = own.get_object(number, fields="status,code_verification_status,name_status")
    assert (node["status"], node["code_verification_status"]) == ("CONNECTED", "VERIFIED")
    with pytest.raises(facebook.GraphAPIError) as elsewhere:
        own.get_object("2001")
    assert elsewhere.value.code == 200
