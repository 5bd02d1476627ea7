"""A Twilio twin and simulated callers.

They speak the wire protocol and import nothing of the server but `audio/` and `telephony/media_stream`.

    scenario.yaml ─ scenario ─> run ─> twin ── webhooks, stream, rest ──> the server
                                        │
                      interpreter ── verbs, stream, dial, conference: what TwiML says, on a 20 ms clock
                                        │
                 leg (one phone call) <─┴─> phone (speech, ears, recording) <─ caller or nurse (who decides)

A telephone may also be held in a browser: `softphone_call` places its call, `softphone` is the telephone, and
`softphone_stream` passes Media Streams messages on between the page and the server.
"""
