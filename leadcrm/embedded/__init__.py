"""PostgreSQL and Redis for a machine that has none of its own.

A *keeper* is a small process that owns one server. Whoever needs the server *holds* it; the
keeper stops the server and itself when nobody holds it any more. Everything goes through file
locks, which the kernel gives back however a process ends.

Nothing in this package imports Django, so that the keepers stay small.
"""
