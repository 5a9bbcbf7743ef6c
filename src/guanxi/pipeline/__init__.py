"""The steps of a message: accept, parse, thread, route, deliver, measure. Doors and hands call them."""
