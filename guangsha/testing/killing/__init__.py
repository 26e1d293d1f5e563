"""A district at work while its processes are killed, and what must hold of it afterwards.

    DATABASE_URL=… GUANGSHA_DATA=… python -m guangsha.testing.killing --seed 7 --kills 20

Real processes: a web server, a worker that sends messages and asks a simulated exchange, and here the people who use them
over HTTP. Everybody presses again until there is an answer, with the same key or the same version, as a browser does.
At the end what was answered is held against what is written down (``findings.py``); the result is JSON.

house.py      the processes: start, kill, start again
people.py     citizens and staff at their browsers
hurried.py    the worker with a clock that runs fast
findings.py   what must hold
"""
