"""Guanxi: every channel where customers speak, in one queue, on one desk, about one customer.

The folders, in the order in which a question falls through them. Imports run downwards only:

__main__        python -m guanxi
cli             start here: every command
commands        what each command does, room by room
doctor          what may be wrong with an installation
backup          a house in a file, and a house made of one
demo            a seeded shop and simulated platforms
http | worker   the doors and the hands
pipeline        accept, parse, thread, route, deliver, measure
macros          what an agent does at one stroke
automation      what happens by itself
live | integrations  what open desks and outside systems hear
views | reports what people see; what numbers say
routing         whose turn is it?
translating     in which words do they understand each other?
judging         how urgent is it, and in what mood?
conversations   conversations, messages, notes
promises        by when do we answer, and when are we here?
contacts        who is this?
inboxes         on which connected account?
team            who serves?
access          sign-in, tokens, roles
house           what a process stands on, opened once
settings        one struct of settings
channels        one folder for each kind of place
channel_kit     all that a channel may know
events          what can happen
audit           who did what to what, from where
content         what can be said
infra           postgres, jobs, bus, clock, fetch, secrets, media; no word of customer service
"""
