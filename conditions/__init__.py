"""The condition language: which rows, never what to do with them.

``parse`` a JSON tree against a ``Subject`` (``leads.conditions.LEADS``), then ``compile_q`` it to a
``Q``, ``describe`` it as a sentence, ``explain`` it for one row, or ask for its ``refs``. One
evaluator, PostgreSQL, answers for segments, scoring rules, sequences, assignment and the API.
"""
