"""`voice-agent bench`: many callers at once, and what they noticed.

script, cast ──> who calls, what they say          sounds ──> how that sounds
       │                                                  │
exchange (twin: webhooks, TwiML, nurses) ── callers ──> caller_process: caller, stream_end, wire
       │                                                  │  (real sound over the real media socket)
       │       console (a nurse's open page)              │
       └────────────────> facts of each call <────────────┘
                                │
          judging ─> figures ─> report ─> table, page, comparison          run, ladder: the whole
"""
