"""A business owner who signs up without a browser."""

import html
import http.cookiejar
import re
import urllib.parse
import urllib.request


class Owner:
    """Fills in the forms of the sign-up page, without scripts, and reads the link on its last page."""

    def __init__(self, platform):
        self.platform = platform
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def send(self, path, fields):
        request = urllib.request.Request(urllib.parse.urljoin(self.platform.public, path), data=urllib.parse.urlencode(fields).encode())
        with self.opener.open(request, timeout=30) as reply:
            return reply.url, reply.read().decode()

    def signs_up(self, link, number=None):
        """Walks through the page that the link opens: a new portfolio, a new account, and a new number or none. The address to go back to."""
        walk, page = self.send("/dialog/oauth/enter", {"q": urllib.parse.urlsplit(link).query, "name": "Mara"})
        key = re.search(r'name="key" value="([^"]+)"', page)[1]

        def does(deed, **fields):
            return self.send(f"{walk}/{deed}", {"key": key, **fields})[1]

        does("portfolio", choice="new", name="Kopi")
        does("account", choice="new", name="Kopi ID", currency="IDR", timezone="Asia/Jakarta")
        if number is None:
            does("number", choice="none")
        else:
            does("number", choice="new", number=number, name="Kopi", method="SMS")
            [added] = [one for one in self.platform.admin("GET", "/numbers")["data"] if one["number"] == number]
            does("code", code=self.platform.admin("GET", f"/numbers/{added['id']}/registration")["code"]["code"])
        page = does("consent", whatsapp_business_management="on", whatsapp_business_messaging="on")
        return html.unescape(re.search(r'<a href="([^"]+)">Go on</a>', page)[1])
