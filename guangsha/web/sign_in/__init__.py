"""Signing in and out.

pending.py       the half-way state: nobody is signed in before every step is passed
office.py        staff and enterprises: password or certificate, second factor, password change, own account
factor.py        own second factor, recovery codes, sessions
delegations.py   委托与顶岗
colleagues.py    what the security administrator resets for others
portal.py        citizens: phone and code
sessions.py      how long a session lasts
certificates.py  the interface of certificate sign-in
single.py        the city's single sign-on (OpenID Connect): what its tokens must say
"""
